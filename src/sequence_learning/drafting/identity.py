"""The column that both tables share."""

from collections.abc import Mapping

from sequence_learning.drafting.choice import Choice
from sequence_learning.drafting.column import Column, counted
from sequence_learning.features.errors import DataError, shown


def find_id(entities: Mapping[str, Column], events: Mapping[str, Column]) -> Choice:
    """The column of that name in both tables that is unique in ``entities`` and found in ``events``.

    Raises:
        DataError: if there is none; of two columns that would do under one name, both are said.
    """
    keys = [column for column in entities.values() if _is_key(column)]
    found = {column.name: _share_found(column, events[column.name]) for column in keys if column.name in events}
    best = max(found, key=lambda name: found[name], default=None)
    if best is None or found[best] == 0:
        raise DataError(
            "the two tables must share a column that says which entity it is: of one name and type, unique in "
            f"entities and found in events; entities has {_listed(entities)}, events has {_listed(events)}; "
            f"{_remedy(keys, events)}"
        )
    without = int((~entities[best].series.isin(events[best].series)).sum())
    strangers = int((~events[best].series.isin(entities[best].series)).sum())
    why = f"in both tables, unique in entities; entities without an event: {without:,}"
    if strangers:
        why += f"; {counted(strangers, 'event')} of no entity, which must go"
    return Choice(best, why)


def _is_key(column: Column) -> bool:
    return column.kind in {"numbers", "texts"} and not column.n_missing and column.series.is_unique


def _share_found(key: Column, other: Column) -> float:
    return float(other.series.isin(key.series).mean()) if other.kind == key.kind else 0.0


def _remedy(keys: list[Column], events: Mapping[str, Column]) -> str:
    for key in keys:
        for column in events.values():
            if not key.is_constant and _share_found(key, column) == 1:
                return f"rename one of {key.name!r} in entities and {column.name!r} in events, which match"
    return "rename or convert the one that does"


def _listed(columns: Mapping[str, Column]) -> str:
    return ", ".join(f"{shown(name)} ({column.holds})" for name, column in columns.items())
