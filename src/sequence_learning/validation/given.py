"""The tables as the rules see them, and how a rule tells what it finds."""

from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np
import pandas as pd

from sequence_learning.features.columns import Columns, Role, TableName, find_roles
from sequence_learning.features.errors import some_of
from sequence_learning.features.kinds import kind_of
from sequence_learning.features.order import owners
from sequence_learning.parameters import SchemaParameters
from sequence_learning.validation.problem import Problem, Severity

#: Columns by table and name.
Place = tuple[TableName, str]


@dataclass(frozen=True)
class Given:
    """Two tables with text for column names, each once, and rows that are numbered from 0.

    Attributes:
        entities: one row each.
        events: theirs.
        schema: roles of the columns.
        roles: names and patterns of the schema, with the columns that were found.
        unreadable: columns that do not hold what their role needs.
        flawed: by table, rows of which nobody can say whose they are, or when.
    """

    entities: pd.DataFrame
    events: pd.DataFrame
    schema: SchemaParameters
    roles: tuple[Role, ...]
    unreadable: frozenset[Place] = frozenset()
    flawed: dict[TableName, "pd.Index[int]"] = field(default_factory=dict)

    @classmethod
    def of(cls, entities: pd.DataFrame, events: pd.DataFrame, schema: SchemaParameters) -> Self:
        """Leave out what has no name of its own: columns without text for a name, and all but the first of a name."""
        entities, events = _named(entities), _named(events)
        return cls(entities, events, schema, tuple(find_roles(schema, entities, events)))

    def without_roles(self, options: set[str]) -> Self:
        """Ask nothing of these."""
        return replace(self, roles=tuple(role for role in self.roles if role.option not in options))

    def table(self, name: TableName) -> pd.DataFrame:
        """One of the two."""
        return self.entities if name == "entities" else self.events

    def column(self, table: TableName, option: str) -> "pd.Series[Any] | None":
        """The column of a role for one, if there is one and it holds what it should; rows may break rules."""
        for role in self.roles:
            if (role.table, role.option) == (table, option) and role.columns:
                name = role.columns[0]
                return None if (table, name) in self.unreadable else self.table(table)[name]
        return None

    def features(self, *options: str) -> list[tuple[TableName, str]]:
        """Readable columns of roles for many."""
        places = [(role.table, name) for role in self.roles if role.option in options for name in role.columns]
        return [place for place in dict.fromkeys(places) if place not in self.unreadable]

    @property
    def columns(self) -> Columns:
        """The features."""
        return Columns.of(list(self.roles))

    @property
    def same_ids(self) -> bool:
        """Whether both tables have ids, and of one kind."""
        ids, others = self.column("entities", "id"), self.column("events", "id")
        return ids is not None and others is not None and kind_of(ids) == kind_of(others)

    def matched(self) -> tuple[pd.DataFrame, pd.DataFrame] | None:
        """Rows of both tables that are known to be whose, and when; None if ids or orders cannot be read."""
        if not self.same_ids or self.column("events", "order") is None:
            return None
        entities = self.entities.drop(index=self.flawed.get("entities", []))
        events = self.events.drop(index=self.flawed.get("events", []))
        return entities, events[owners(entities[self.schema.id], events[self.schema.id]) >= 0]

    def problem(
        self,
        severity: Severity,
        place: Place,
        rule: str,
        remedy: str,
        *,
        found: str = "",
        rows: "pd.Index[int] | None" = None,
    ) -> Problem:
        """Of a column, or of a table if its name is empty; ``rows`` are those that break the rule."""
        table, column = place
        rows = pd.Index([], dtype=int) if rows is None else rows
        ids = some_of(self.table(table)[self.schema.id][rows]) if self.schema.id in self.table(table) else ()
        return Problem(severity, rule, table, column, found, len(rows), ids, remedy)


def _named(table: pd.DataFrame) -> pd.DataFrame:
    named = np.array([isinstance(name, str) for name in table.columns], dtype=bool)
    return table.loc[:, named & ~table.columns.duplicated()].reset_index(drop=True)
