"""One table in place of two: a row per entity, in which each column of events is a list."""

from datetime import date
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd

from sequence_learning.features.categories import category_texts
from sequence_learning.features.errors import DataError
from sequence_learning.features.kinds import kind_of, plain
from sequence_learning.inference import Bundle


def event_columns(bundle: Bundle) -> dict[str, str]:
    """The columns of events, by their name in the wide table.

    That is their own name, or ``events.<name>`` where entities have a column of that name too. The id is not among
    them: it is that of the row.
    """
    inputs = bundle.manifest.inputs
    names = (name for name in inputs.events if name != bundle.schema.id)
    return {f"events.{name}" if name in inputs.entities else name: name for name in names}


def two_tables(bundle: Bundle, wide: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Entities and events of a wide table.

    Raises:
        DataError: if a column is missing, is no list, or the lists of a row differ in length.
    """
    key, columns = bundle.schema.id, event_columns(bundle)
    lacking = [name for name in (*bundle.manifest.inputs.entities, *columns) if name not in wide]
    if lacking:
        raise DataError(f"every column that the model reads must be there, but {', '.join(lacking)} is not; add it")
    lists = {name: [_as_list(value, name) for value in wide[name]] for name in columns}
    lengths = {name: np.array([len(values) for values in column], dtype=np.int64) for name, column in lists.items()}
    (first, n_events), *others = lengths.items()
    for name, other in others:
        for row in np.flatnonzero(other != n_events)[:1]:
            raise DataError(
                f"the lists of a row must be of one length, but for {key} {wide[key].iloc[row]} {first} has "
                f"{n_events[row]} and {name} {other[row]}; give each event a value, null where it is missing"
            )
    events = {column: pd.Series(list(chain.from_iterable(lists[name]))) for name, column in columns.items()}
    ids = wide[key].iloc[np.repeat(np.arange(len(wide)), n_events)].reset_index(drop=True)
    return wide[list(bundle.manifest.inputs.entities)], pd.DataFrame({key: ids, **events})


def wide_table(bundle: Bundle, entities: pd.DataFrame, events: pd.DataFrame) -> pd.DataFrame:
    """The reverse of :func:`two_tables`: entities in their order, events in theirs, with values that JSON has.

    Time stamps become ISO 8601 text, dates too. What orders events becomes numbers if it is durations (nanoseconds) or
    ordered categories (their codes). Categories become the text by which the model knows them.
    """
    inputs, columns, schema = bundle.manifest.inputs, event_columns(bundle), bundle.schema
    rows = pd.Index(entities[bundle.schema.id]).get_indexer(pd.Index(events[bundle.schema.id]))
    by_entity = np.argsort(rows, kind="stable")
    ends = np.bincount(rows, minlength=len(entities)).cumsum()
    wide = pd.DataFrame(
        {name: _for_json(entities[name], category=name in schema.categorical) for name in inputs.entities}
    )
    for name, column in columns.items():
        values = _for_json(events[column], category=column in schema.categorical_channels).to_numpy(dtype=object)[
            by_entity
        ]
        wide[name] = pd.Series([list(own) for own in np.split(values, ends)[:-1]], index=wide.index, dtype=object)
    return wide


def _as_list(value: Any, name: str) -> list[Any]:  # noqa: ANN401
    if isinstance(value, list | tuple) or (isinstance(value, np.ndarray) and value.ndim > 0):
        return list(value)
    raise DataError(f"each value of {name!r} must be the list of a row's events, got {value!r}; write [] for no events")


def _for_json(column: "pd.Series[Any]", *, category: bool) -> "pd.Series[Any]":
    kind = kind_of(column)
    if category:
        as_they_are = kind in {"numbers", "booleans", "text", "nothing"}
        return column if as_they_are else pd.Series(category_texts(column), column.index, dtype=object)
    if isinstance(column.dtype, pd.CategoricalDtype) and column.dtype.ordered:
        return column.cat.codes
    if kind == "durations":
        return plain(column).astype("timedelta64[ns]").astype("int64")
    if kind == "time stamps":
        return plain(column).map(_as_iso, na_action="ignore").astype(object)
    return column


def _as_iso(moment: date | np.datetime64) -> str:
    return pd.Timestamp(moment).isoformat() if isinstance(moment, np.datetime64) else moment.isoformat()
