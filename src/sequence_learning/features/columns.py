"""Which columns play which role, with patterns expanded."""

from dataclasses import dataclass
from fnmatch import fnmatchcase

import pandas as pd

from sequence_learning.features.errors import DataError
from sequence_learning.parameters import SchemaParameters


@dataclass(frozen=True)
class Columns:
    """The schema's columns by their full names, in the order of the schema, then of the table."""

    numeric: tuple[str, ...]
    categorical: tuple[str, ...]
    channels: tuple[str, ...]
    categorical_channels: tuple[str, ...]


def resolve_columns(schema: SchemaParameters, entities: pd.DataFrame, events: pd.DataFrame) -> Columns:
    """Expand the schema's patterns.

    Raises:
        DataError: if a name or pattern matches no column, or a feature would be the id or the target.
    """
    for table, name, role in (
        (entities, schema.id, "id"),
        (entities, schema.target, "target"),
        (events, schema.id, "id"),
        (events, schema.order, "order"),
        (events, schema.time, "time"),
        (entities, schema.prediction_time, "prediction_time"),
        (entities, schema.group, "group"),
    ):
        if name is not None and name not in table.columns:
            raise DataError(_missing(table is entities, name, role, table))
    columns = Columns(
        numeric=_expand(schema.numeric, entities, "numeric", of_entities=True),
        categorical=_expand(schema.categorical, entities, "categorical", of_entities=True),
        channels=_expand(schema.channels, events, "channels", of_entities=False),
        categorical_channels=_expand(schema.categorical_channels, events, "categorical_channels", of_entities=False),
    )
    for forbidden, features, where in (
        ({schema.id, schema.target}, columns.numeric + columns.categorical, "schema.numeric and schema.categorical"),
        ({schema.id}, columns.channels + columns.categorical_channels, "schema.channels"),
    ):
        leaked = sorted(forbidden.intersection(features))
        if leaked:
            raise DataError(f"the id and the target may not be features, got {leaked}; remove them from {where}")
    return columns


def _expand(patterns: tuple[str, ...], table: pd.DataFrame, role: str, *, of_entities: bool) -> tuple[str, ...]:
    names: dict[str, None] = {}
    for pattern in patterns:
        # A column may be called "speed[km/h]": its exact name comes before its meaning as a pattern.
        exact = [pattern] if pattern in table.columns else []
        matches = exact or [str(column) for column in table.columns if fnmatchcase(str(column), pattern)]
        if not matches:
            raise DataError(_missing(of_entities, pattern, role, table))
        names.update(dict.fromkeys(matches))
    return tuple(names)


def _missing(of_entities: bool, name: str, role: str, table: pd.DataFrame) -> str:
    return (
        f"every column of the schema must be in its table, but {'entities' if of_entities else 'events'} has no "
        f"column {name!r}; correct schema.{role} or the table, which has: {', '.join(map(str, table.columns))}"
    )
