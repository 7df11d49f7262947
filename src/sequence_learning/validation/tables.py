"""The two tables, and every rule that needs no split."""

from collections.abc import Iterator

import pandas as pd

from sequence_learning.features.columns import TableName
from sequence_learning.parameters import SchemaParameters
from sequence_learning.validation.cells import check_cells
from sequence_learning.validation.entity_ids import check_ids
from sequence_learning.validation.event_order import check_ties, check_times
from sequence_learning.validation.features import check_constants, check_equals_target, check_roles
from sequence_learning.validation.given import Given
from sequence_learning.validation.names import check_names
from sequence_learning.validation.problem import Problem
from sequence_learning.validation.target import check_target

#: Roles that rows to be predicted need not have.
_OF_TRAINING = {"target", "group", "split.column"}


def validate_tables(entities: pd.DataFrame, events: pd.DataFrame, schema: SchemaParameters) -> tuple[Problem, ...]:
    """Every rule for tables to learn from, but those that need a split.

    Returns:
        Errors and warnings, table by table and column by column; none if all is well.
    """
    names, given = _read(entities, events, schema)
    cells, sound = check_cells(given)
    more = [check_empty, check_roles, check_ids, check_ties, check_times, check_target, check_equals_target]
    return (*names, *cells, *(problem for check in [*more, check_constants] for problem in check(sound)))


def validate_new_tables(entities: pd.DataFrame, events: pd.DataFrame, schema: SchemaParameters) -> tuple[Problem, ...]:
    """The same for some entities to be predicted, with their events: there may be none of either.

    Nothing is asked of target, group and split, which they may lack. No column need vary: there may be a single row.

    Args:
        entities: whole, or a chunk of them.
        events: all of these entities.
        schema: that of the fitted transformer, which names every feature: a pattern would match less where a column is
            missing.
    """
    names, given = _read(entities, events, schema)
    given = given.without_roles(_OF_TRAINING)
    cells, sound = check_cells(given)
    more = (problem for check in (check_roles, check_ids, check_ties, check_times) for problem in check(sound))
    return (*names, *cells, *more)


def check_empty(given: Given) -> Iterator[Problem]:
    """A table must have rows."""
    names: tuple[TableName, ...] = ("entities", "events")
    for name in names:
        if not len(given.table(name)):
            remedy = f"check where {name} is read from"
            yield given.problem("error", (name, ""), "must have rows", remedy, found=f"{name} has none")


def _read(entities: pd.DataFrame, events: pd.DataFrame, schema: SchemaParameters) -> tuple[list[Problem], Given]:
    names = [*check_names("entities", entities), *check_names("events", events)]
    return names, Given.of(entities, events, schema)
