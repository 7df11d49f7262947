"""Whatever two tables somebody hands in: they are refused in plain words, or a schema is drafted that can be read."""

from collections import Counter

import pandas as pd
from hypothesis import HealthCheck, given, settings
from omegaconf import OmegaConf

from sequence_learning.drafting.infer import infer_schema
from sequence_learning.drafting.page import to_yaml
from sequence_learning.features.errors import DataError
from tests.validation.broken_tables import Case, cases

EXAMPLES = 100


def _outcome(entities: pd.DataFrame, events: pd.DataFrame) -> str:
    try:
        page = to_yaml(infer_schema(entities, events))
    except DataError:
        return "refused"
    schema = OmegaConf.create(page).schema  # as Kedro reads it
    columns = {
        schema[role]: table
        for role, table in (("id", events), ("target", entities), ("order", events))
        if role in schema
    }
    assert all(name in table or name.startswith("<the column of ") for name, table in columns.items())
    return "drafted"


def test_any_tables_are_refused_in_plain_words_or_drafted() -> None:
    outcomes: Counter[str] = Counter()

    @given(cases())
    @settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
    def check(case: Case) -> None:
        outcomes[_outcome(case.entities, case.events)] += 1

    check()
    # Tables that are always refused, or never, would show little.
    assert min(outcomes["refused"], outcomes["drafted"]) > EXAMPLES / 20
