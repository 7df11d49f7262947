"""Which columns play which role, with patterns expanded."""

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from operator import attrgetter
from typing import Literal, NamedTuple

import pandas as pd

from sequence_learning.features.errors import DataError
from sequence_learning.parameters import SchemaParameters

TableName = Literal["entities", "events"]

#: Roles of one column each, by the options of the schema that name them.
_SINGLE: tuple[tuple[TableName, str], ...] = (
    ("entities", "id"),
    ("entities", "target"),
    ("events", "id"),
    ("events", "order"),
    ("events", "time"),
    ("entities", "prediction_time"),
    ("entities", "group"),
    ("entities", "split.column"),
)
#: Roles of any number of columns, which may be named by patterns.
_FEATURES: tuple[tuple[TableName, str], ...] = (
    ("entities", "numeric"),
    ("entities", "categorical"),
    ("events", "channels"),
    ("events", "categorical_channels"),
)
_LISTED = 20


class Role(NamedTuple):
    """A name or pattern of the schema, and what it means in its table.

    Attributes:
        table: where it is sought.
        option: of the schema, such as ``order`` or ``split.column``.
        name: a column's, or a pattern.
        columns: found under it; none if it is missing.
        has: what columns the table has, in words.
    """

    table: TableName
    option: str
    name: str
    columns: tuple[str, ...]
    has: str

    @property
    def absence(self) -> str:
        """What is wrong if there is no such column."""
        return f"{self.table} has no column {self.name!r}"

    @property
    def remedy(self) -> str:
        """What to do about it."""
        return f"correct schema.{self.option} or the table, which has: {self.has}"


@dataclass(frozen=True)
class Columns:
    """The schema's columns by their full names, in the order of the schema, then of the table."""

    numeric: tuple[str, ...]
    categorical: tuple[str, ...]
    channels: tuple[str, ...]
    categorical_channels: tuple[str, ...]

    @classmethod
    def of(cls, roles: list[Role]) -> "Columns":
        """Those that were found."""
        found = {
            option: tuple(dict.fromkeys(name for role in roles if role.option == option for name in role.columns))
            for _, option in _FEATURES
        }
        return cls(**found)

    def misused(self, schema: SchemaParameters) -> Iterator[tuple[TableName, str, str]]:
        """The id and the target where they are features: table, column, and the options of the schema that say so."""
        for name in sorted({schema.id, schema.target}.intersection(self.numeric + self.categorical)):
            yield "entities", name, "schema.numeric and schema.categorical"
        if schema.id in self.channels + self.categorical_channels:
            yield "events", schema.id, "schema.channels and schema.categorical_channels"


def find_roles(schema: SchemaParameters, entities: pd.DataFrame, events: pd.DataFrame) -> list[Role]:
    """What every name and pattern of the schema means in these tables."""
    tables = {"entities": entities, "events": events}
    named = [(table, option, attrgetter(option)(schema)) for table, option in _SINGLE]
    named += [(table, option, name) for table, option in _FEATURES for name in getattr(schema, option)]
    return [
        Role(
            table,
            option,
            name,
            _matches(name, tables[table], pattern=(table, option) in _FEATURES),
            _has(tables[table]),
        )
        for table, option, name in named
        if name is not None
    ]


def resolve_columns(schema: SchemaParameters, entities: pd.DataFrame, events: pd.DataFrame) -> Columns:
    """Expand the schema's patterns.

    Raises:
        DataError: if a name or pattern matches no column, or a feature would be the id or the target.
    """
    roles = find_roles(schema, entities, events)
    for role in roles:
        if not role.columns:
            raise DataError(f"every column of the schema must be in its table, but {role.absence}; {role.remedy}")
    columns = Columns.of(roles)
    for _, name, where in columns.misused(schema):
        raise DataError(f"the id and the target may not be features, got {name!r}; remove it from {where}")
    return columns


def _matches(name: str, table: pd.DataFrame, *, pattern: bool) -> tuple[str, ...]:
    # A column may be called "speed[km/h]": its exact name comes before its meaning as a pattern.
    if name in table.columns:
        return (name,)
    texts = [column for column in table.columns if isinstance(column, str)]
    return tuple(column for column in texts if fnmatchcase(column, name)) if pattern else ()


def _has(table: pd.DataFrame) -> str:
    names = [str(column) for column in table.columns]
    return ", ".join(names[:_LISTED]) + (", …" if len(names) > _LISTED else "")


def input_columns(columns: Columns, schema: SchemaParameters) -> tuple[list[str], list[str]]:
    """What predictions are made from: columns of entities and of events, each once."""
    of_entities = [schema.id, schema.prediction_time, *columns.numeric, *columns.categorical]
    of_events = [schema.id, schema.order, schema.time, *columns.channels, *columns.categorical_channels]
    entities, events = (
        [name for name in dict.fromkeys(names) if name is not None] for names in (of_entities, of_events)
    )
    return entities, events
