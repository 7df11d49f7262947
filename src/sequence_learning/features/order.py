"""What comes before what: ranks of the column that orders events, and the events in that order."""

from typing import Any

import numpy as np
import pandas as pd

from sequence_learning.features.errors import DataError
from sequence_learning.features.kinds import kind_of, plain, to_floats
from sequence_learning.features.times import to_stamps
from sequence_learning.parameters import SchemaParameters

#: Kinds of columns that can say what comes before what.
ORDERED = {"numbers", "booleans", "durations", "time stamps", "text", "nothing"}


def chronological_rank(order: "pd.Series[Any]") -> np.ndarray:
    """Dense ranks ``(N,)`` of numbers, durations, time stamps, ISO 8601 text or ordered categories without gaps.

    Raises:
        DataError: for other text, which would sort by its letters (10/2/2026 before 9/2/2026), and for anything else.
    """
    if isinstance(order.dtype, pd.CategoricalDtype) and order.dtype.ordered:
        return order.cat.codes.rank(method="dense").to_numpy()
    kind, column = kind_of(order), plain(order)
    if kind not in ORDERED:
        raise DataError(
            f"events must be ordered by numbers or time stamps, but {order.name!r} holds {kind}; convert it"
        )
    if kind in {"time stamps", "text"}:
        column = to_stamps(column)
    elif column.dtype == object and kind != "durations":
        column = pd.Series(to_floats(column))
    return column.rank(method="dense").to_numpy(dtype=np.float64, na_value=np.nan)


def owners(ids: "pd.Series[Any]", event_ids: "pd.Series[Any]") -> np.ndarray:
    """The position in ``ids``, which differ from each other, of the entity of each event; -1 without one."""
    return np.asarray(pd.Index(ids).get_indexer(pd.Index(event_ids)))


def sort_events(
    entities: pd.DataFrame, events: pd.DataFrame, schema: SchemaParameters
) -> tuple[pd.DataFrame, np.ndarray]:
    """The events by entity, oldest first; each must belong to one of ``entities``.

    Of a longer sequence than ``schema.max_length`` the newest events are kept.

    Returns:
        ``events`` in another order, and offsets ``(N + 1,)`` int64: those of the entity in row ``i`` of ``entities``
        are ``offsets[i]:offsets[i + 1]``.
    """
    row = owners(entities[schema.id], events[schema.id])
    oldest_first = np.lexsort((chronological_rank(events[schema.order]), row))
    lengths = np.bincount(row, minlength=len(entities))
    if schema.max_length is not None:
        newer = np.repeat(lengths.cumsum(), lengths) - np.arange(len(events)) - 1  # events of the entity after each
        oldest_first = oldest_first[newer < schema.max_length]
        lengths = lengths.clip(max=schema.max_length)
    offsets = np.concatenate([[0], lengths.cumsum()])
    return events.iloc[oldest_first], offsets.astype(np.int64)
