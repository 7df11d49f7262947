"""Events as a table in memory, or as a stream: files that are read piece by piece and need not fit into it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias, TypeGuard

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as pads

from sequence_learning.features.sorted_runs import SortedRuns, sorted_runs
from sequence_learning.parameters import SchemaParameters, StreamParameters

Events: TypeAlias = pd.DataFrame | pads.Dataset

#: A chunk of a stream and what is made of it are in memory at a time.
_EVENTS_PER_CHUNK = 2**18
_ROWS_PER_CHUNK = 2**16
_HEAD = 1000


def is_stream(events: object) -> TypeGuard[pads.Dataset]:
    """Whether these are files that are read piece by piece."""
    if isinstance(events, pd.DataFrame):
        return False
    return isinstance(events, pads.Dataset)


def head(events: pads.Dataset) -> pd.DataFrame:
    """The first events of a stream, which have its columns and types."""
    table: pd.DataFrame = events.head(_HEAD, batch_size=_HEAD, fragment_readahead=0, batch_readahead=0).to_pandas()
    return table


def events_of(events: Events, key: str, ids: "pd.Series[Any]") -> pd.DataFrame:
    """Those of some entities.

    Args:
        events: all.
        key: name of the column of ids.
        ids: of the entities.
    """
    if not is_stream(events):
        assert isinstance(events, pd.DataFrame)
        return events[events[key].isin(ids)]
    wanted = pads.field(key).isin(pa.array(ids))
    # Arrow would read many files ahead.
    found: pd.DataFrame = events.to_table(filter=wanted, batch_readahead=1, fragment_readahead=1).to_pandas()
    return found


def sampled(
    entities: pd.DataFrame, events: Events, schema: SchemaParameters, stream: StreamParameters
) -> tuple[np.ndarray, pd.DataFrame]:
    """Rows of ``entities`` and their events: all of a table; of a stream, rows at random as far as memory allows.

    Args:
        entities: a row each.
        events: of these entities, and maybe of others.
        schema: names the column of ids.
        stream: how many events a sample may have; entities are taken to have as many as there are on average.

    Returns:
        Positions of the rows, ascending, and the events.
    """
    every = np.arange(len(entities))
    if not is_stream(events):
        assert isinstance(events, pd.DataFrame)
        return every, events
    n_events = events.count_rows()
    if n_events > stream.sample_events:
        n_rows = max(1, len(entities) * stream.sample_events // n_events)
        every = np.sort(np.random.default_rng(stream.seed).choice(every, n_rows, replace=False))
    return every, events_of(events, schema.id, entities[schema.id].iloc[every])


class Chunks:
    """Ranges of rows with all their events, in the order that they had; :func:`chunks` makes it.

    Attributes:
        runs: the events, sorted by row.
    """

    def __init__(self, runs: SortedRuns) -> None:
        self.runs = runs

    def __iter__(self) -> Iterator[tuple[slice, pd.DataFrame]]:
        for rows in _ranges(self.runs.lengths):
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


def _ranges(lengths: np.ndarray) -> Iterator[slice]:
    """Consecutive rows, with no more events in all than a chunk may have unless a single row has."""
    ends, first = lengths.cumsum(), 0
    while first < len(lengths):
        before = ends[first] - lengths[first]
        last = int(np.searchsorted(ends, before + _EVENTS_PER_CHUNK, side="right"))
        last = min(max(last, first + 1), first + _ROWS_PER_CHUNK)
        yield slice(first, last)
        first = last
