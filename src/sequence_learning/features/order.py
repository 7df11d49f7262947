"""What comes before what: ranks of the column that orders events, and the events in that order."""

from typing import Any

import numpy as np
import pandas as pd

from sequence_learning.features.errors import DataError
from sequence_learning.parameters import SchemaParameters


def chronological_rank(order: "pd.Series[Any]") -> np.ndarray:
    """Dense ranks of numbers, time stamps, ordered categories or ISO 8601 text, such as ``2026-11-23T08:11``.

    Raises:
        DataError: for other text, which would sort by its letters: 10/2/2026 before 9/2/2026.
    """
    if pd.api.types.is_string_dtype(order) and not isinstance(order.dtype, pd.CategoricalDtype):
        try:
            order = pd.to_datetime(order, format="ISO8601", utc=True)
        except ValueError as error:
            raise DataError(
                f"events must be ordered by numbers or time stamps, but {order.name!r} holds text such as "
                f"{str(order.iloc[0])!r}; convert it, or write time stamps as 2026-11-23T08:11"
            ) from error
    return order.rank(method="dense").to_numpy()


def sort_events(
    entities: pd.DataFrame, events: pd.DataFrame, schema: SchemaParameters
) -> tuple[pd.DataFrame, np.ndarray]:
    """The events by entity, oldest first; each must belong to one of ``entities``.

    Of a longer sequence than ``schema.max_length`` the newest events are kept.

    Returns:
        ``events`` in another order, and offsets ``(N + 1,)`` int64: those of the entity in row ``i`` of ``entities``
        are ``offsets[i]:offsets[i + 1]``.
    """
    row = pd.Index(entities[schema.id]).get_indexer(pd.Index(events[schema.id]))
    oldest_first = np.lexsort((chronological_rank(events[schema.order]), row))
    lengths = np.bincount(row, minlength=len(entities))
    if schema.max_length is not None:
        newer = np.repeat(lengths.cumsum(), lengths) - np.arange(len(events)) - 1  # events of the entity after each
        oldest_first = oldest_first[newer < schema.max_length]
        lengths = lengths.clip(max=schema.max_length)
    offsets = np.concatenate([[0], lengths.cumsum()])
    return events.iloc[oldest_first], offsets.astype(np.int64)
