"""Events as a table in memory, or as a stream: files that are read piece by piece and need not fit into it."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias, TypeGuard

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as pads

from sequence_learning.features.columns import find_roles
from sequence_learning.features.kinds import plain
from sequence_learning.features.sorted_runs import SortedRuns, sorted_runs
from sequence_learning.features.stream_reader import StreamReader
from sequence_learning.parameters import SchemaParameters, StreamParameters

Events: TypeAlias = pd.DataFrame | pads.Dataset

#: A chunk of a stream and what is made of it are in memory at a time: no more than each of these, but for one row.
_EVENTS_PER_CHUNK = 2**18
_BYTES_PER_CHUNK = 2**25
_ROWS_PER_CHUNK = 2**16
_HEAD = 1000


def is_stream(events: object) -> TypeGuard[pads.Dataset]:
    """Whether these are files that are read piece by piece."""
    return isinstance(events, pads.Dataset)


def head(events: pads.Dataset) -> pd.DataFrame:
    """The first events of a stream, which have its columns and types."""
    reader = StreamReader(events, list(dict.fromkeys(events.schema.names)))
    found: list[pa.RecordBatch] = []
    for batch in reader:
        found.append(batch.slice(0, _HEAD - sum(map(len, found))))
        if sum(map(len, found)) >= _HEAD:
            break
    return reader.to_pandas(found)


def columns_of(events: pads.Dataset, entities: pd.DataFrame, schema: SchemaParameters) -> list[str]:
    """Those columns of a stream that have a role."""
    roles = find_roles(schema, entities, head(events))
    return list(dict.fromkeys(name for role in roles if role.table == "events" for name in role.columns))


def count_by_id(events: Events, key: str) -> "pd.Series[int]":
    """How many events each id has, by id."""
    if not is_stream(events):
        return events[key].value_counts()
    counts = Counter[Any]()
    reader = StreamReader(events, [key])
    for batch in reader:
        counts.update(reader.to_pandas([batch])[key].value_counts().to_dict())
    return pd.Series(counts, dtype=np.int64)


def events_of(events: Events, key: str, ids: "pd.Series[Any]", columns: list[str] | None = None) -> pd.DataFrame:
    """Those of some entities.

    Args:
        events: all.
        key: name of the column of ids.
        ids: of the entities.
        columns: of a stream, those that are read; all if None.
    """
    if not is_stream(events):
        return events[events[key].isin(ids)]
    reader, wanted = StreamReader(events, columns or events.schema.names), pd.Index(plain(ids)).unique()
    found = [
        batch.filter(pa.array(wanted.get_indexer(pd.Index(batch.column(key).to_pandas())) >= 0)) for batch in reader
    ]
    return reader.to_pandas(found)


def sampled(
    entities: pd.DataFrame, events: Events, schema: SchemaParameters, stream: StreamParameters
) -> tuple[np.ndarray, pd.DataFrame]:
    """Rows of ``entities`` and their events: all of a table; of a stream, rows at random as far as memory allows.

    Args:
        entities: a row each.
        events: of these entities, and maybe of others.
        schema: roles of the columns.
        stream: how many events a sample may have; it has one row, at least.

    Returns:
        Positions of the rows, ascending, and the events.
    """
    if not is_stream(events):
        return np.arange(len(entities)), events
    lengths = entities[schema.id].map(count_by_id(events, schema.id)).fillna(0).to_numpy(dtype=np.int64)
    drawn = np.random.default_rng(stream.seed).permutation(len(entities))
    if lengths.sum() > stream.sample_events:
        drawn = drawn[lengths[drawn] <= stream.sample_events]  # a row with more than all may have is none to learn from
        drawn = drawn[: max(1, np.searchsorted(lengths[drawn].cumsum(), stream.sample_events, side="right"))]
    rows = np.sort(drawn)
    columns = columns_of(events, entities, schema)
    return rows, events_of(events, schema.id, entities[schema.id].iloc[rows], columns)


class Chunks:
    """Ranges of rows with all their events, in the order that they had; :func:`chunks` makes it.

    Attributes:
        runs: the events, sorted by row.
    """

    def __init__(self, runs: SortedRuns) -> None:
        self.runs = runs

    def __iter__(self) -> Iterator[tuple[slice, pd.DataFrame]]:
        n_events = min(_EVENTS_PER_CHUNK, int(_BYTES_PER_CHUNK / self.runs.bytes_per_event))
        for rows in _ranges(self.runs.lengths, n_events):
            yield rows, self.runs.read(rows.start, rows.stop)


@contextmanager
def chunks(
    entities: pd.DataFrame, events: pads.Dataset, key: str, columns: list[str], stream: StreamParameters
) -> Iterator[Chunks]:
    """Sort a stream by row on disk, and give some rows at a time.

    Args:
        entities: a row each.
        events: theirs; those of others are left out.
        key: name of the column of ids.
        columns: of ``events``, those that are read.
        stream: how much memory sorting takes.
    """
    with sorted_runs(events, columns, key, entities[key], stream.sorting_mb) as runs:
        yield Chunks(runs)


def _ranges(lengths: np.ndarray, n_events: int) -> Iterator[slice]:
    """Consecutive rows, with no more events in all than so many unless a single row has."""
    ends, first = lengths.cumsum(), 0
    while first < len(lengths):
        before = ends[first] - lengths[first]
        last = int(np.searchsorted(ends, before + n_events, side="right"))
        last = min(max(last, first + 1), first + _ROWS_PER_CHUNK)
        yield slice(first, last)
        first = last
