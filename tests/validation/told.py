"""How tests ask for what validation finds."""

from typing import Any

import pandas as pd

from sequence_learning.features.split import split_entities
from sequence_learning.validation.parts import validate_split
from sequence_learning.validation.problem import Problem
from sequence_learning.validation.tables import validate_tables
from tests.features.tables import small_schema


def problems(entities: pd.DataFrame, events: pd.DataFrame, **schema: Any) -> tuple[Problem, ...]:
    return validate_tables(entities, events, small_schema(**schema))


def errors(entities: pd.DataFrame, events: pd.DataFrame, **schema: Any) -> list[str]:
    return [str(one) for one in problems(entities, events, **schema) if one.severity == "error"]


def warnings(entities: pd.DataFrame, events: pd.DataFrame, **schema: Any) -> list[str]:
    return [str(one) for one in problems(entities, events, **schema) if one.severity == "warning"]


def problems_of_split(
    entities: pd.DataFrame, events: pd.DataFrame, part: list[str] | None = None, **schema: Any
) -> list[Problem]:
    """With a split as the schema says, or one of these parts."""
    roles = small_schema(**schema)
    split = split_entities(entities, roles)
    return list(validate_split(entities, events, roles, split if part is None else split.assign(part=part)))
