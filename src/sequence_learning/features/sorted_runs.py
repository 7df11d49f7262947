"""Events sorted by the row of their entity on disk: the runs of an external sort, which are merged as they are read.

A run is as many consecutive events as memory allows, sorted and written to a file. Of a range of rows, each run has its
part in one place.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as pads

from sequence_learning.features.errors import DataError, some_of
from sequence_learning.features.kinds import plain
from sequence_learning.features.stream_reader import StreamReader

_ROW = "row"
#: A run is in memory as it was read, sorted, and on its way to the file.
_COPIES = 4
#: What is read of a run at a time.
_EVENTS_PER_BATCH = 1024


class SortedRuns:
    """Made by :func:`sorted_runs`.

    Attributes:
        lengths: ``(N,)`` int64, events of each row.
        nameless: events without an id, which are in no run.
        strangers: those of other ids, likewise.
        strange_ids: up to five of these ids.
        bytes_per_event: on average, in memory.
    """

    def __init__(self, folder: Path, ids: "pd.Series[Any]", reader: StreamReader, key: str) -> None:
        self.lengths = np.zeros(len(ids), dtype=np.int64)
        self.nameless, self.strangers = 0, 0
        self.strange_ids: tuple[str, ...] = ()
        self.bytes_per_event = 1.0
        self._folder, self._index, self._reader, self._key = folder, pd.Index(plain(ids)), reader, key
        self._files: list[Path] = []
        self._rows_at: list[np.ndarray] = []  # of the first event of every batch of each file

    def add(self, events: pa.Table) -> None:
        """Sort some events, and write them to a file."""
        self.bytes_per_event = max(self.bytes_per_event, events.nbytes / len(events))
        row = self._rows_of(events.column(self._key).to_pandas())
        order = np.argsort(row, kind="stable")[np.count_nonzero(row < 0) :]
        row = row[order]
        self.lengths += np.bincount(row, minlength=len(self.lengths))
        names = [_ROW, *map(str, range(events.num_columns))]
        run = pa.table([pa.array(row), *events.take(order).columns], names=names).combine_chunks()
        self._files.append(self._folder / f"{len(self._files)}.arrow")
        try:
            with pa.OSFile(str(self._files[-1]), "wb") as sink, pa.ipc.new_file(sink, run.schema) as writer:
                writer.write_table(run, max_chunksize=_EVENTS_PER_BATCH)
        except OSError as error:
            raise DataError(
                f"a stream is sorted on disk, but {self._folder} cannot be written to: {error}; free space there, or "
                "name another folder in TMPDIR"
            ) from error
        self._rows_at.append(row[::_EVENTS_PER_BATCH].copy())

    def _rows_of(self, ids: "pd.Series[Any]") -> np.ndarray:
        """``(E,)``, -1 for events that are nobody's."""
        row: np.ndarray = self._index.get_indexer(pd.Index(ids))
        missing = ids.isna().to_numpy()
        others = ids[(row < 0) & ~missing]
        self.nameless += int(missing.sum())
        self.strangers += len(others)
        self.strange_ids = some_of([*self.strange_ids, *others])
        return row

    def read(self, first: int, last: int) -> pd.DataFrame:
        """All events of the rows ``first`` to ``last - 1``: row by row, and each row's as they were given."""
        runs = zip(self._files, self._rows_at, strict=True)
        parts = [part for file, rows_at in runs for part in _batches(file, rows_at, first, last)]
        if not parts:
            return self._reader.to_pandas([])
        together = pa.Table.from_batches(parts).combine_chunks()
        order = np.argsort(together.column(_ROW).to_numpy(), kind="stable")
        columns = together.take(order).combine_chunks().to_batches()[0].columns[1:]
        return self._reader.to_pandas([pa.RecordBatch.from_arrays(columns, schema=self._reader.schema)])


@contextmanager
def sorted_runs(
    events: pads.Dataset, columns: list[str], key: str, ids: "pd.Series[Any]", memory_mb: int
) -> Iterator[SortedRuns]:
    """Sort a stream into a temporary folder, which is removed in the end.

    Args:
        events: in any order.
        columns: those that are read.
        key: of these, the one that says whose an event is.
        ids: of the rows, which differ from each other.
        memory_mb: how much of the stream is in memory at a time, with copies, in MiB.

    Raises:
        DataError: if a file cannot be read, or the folder not be written to.
    """
    with TemporaryDirectory(prefix="sequence_learning_") as folder:
        reader = StreamReader(events, columns)
        runs = SortedRuns(Path(folder), ids, reader, key)
        gathered: list[pa.RecordBatch] = []
        n_bytes = 0
        for batch in reader:
            gathered.append(batch)
            n_bytes += batch.nbytes
            if n_bytes * _COPIES > memory_mb * 2**20:
                runs.add(pa.Table.from_batches(gathered).combine_chunks())
                gathered, n_bytes = [], 0
        if sum(map(len, gathered)):
            runs.add(pa.Table.from_batches(gathered).combine_chunks())
        yield runs


def _batches(file: Path, rows_at: np.ndarray, first: int, last: int) -> Iterator[pa.RecordBatch]:
    """The part of a run with events of these rows."""
    begin, end = np.searchsorted(rows_at, [first, last])
    # The events of a row may begin in the batch before that which begins with it.
    with pa.OSFile(str(file)) as source, pa.ipc.open_file(source) as run:
        for i in range(max(0, begin - 1), end):
            batch = run.get_batch(i)
            inside = slice(*np.searchsorted(batch.column(0).to_numpy(), [first, last]))
            if inside.start < inside.stop:
                yield batch.slice(inside.start, inside.stop - inside.start)
