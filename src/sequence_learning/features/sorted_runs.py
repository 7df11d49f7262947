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

from sequence_learning.features.errors import some_of

_ROW = "row"
#: A run is in memory as it was read, sorted, and on its way to the file.
_COPIES = 4
_UNBUFFERED = pads.ParquetFragmentScanOptions(pre_buffer=False)


class SortedRuns:
    """Made by :func:`sorted_runs`.

    Attributes:
        lengths: ``(N,)`` int64, events of each row.
        nameless: events without an id, which are in no run.
        strangers: those of other ids, likewise.
        strange_ids: up to five of these ids.
    """

    def __init__(self, folder: Path, ids: "pd.Series[Any]", schema: pa.Schema, key: str) -> None:
        self.lengths = np.zeros(len(ids), dtype=np.int64)
        self.nameless, self.strangers = 0, 0
        self.strange_ids: tuple[str, ...] = ()
        self._folder, self._index, self._schema, self._key = folder, pd.Index(ids), schema, key
        self._files: list[Path] = []

    def add(self, events: pa.Table) -> None:
        """Sort some events, and write them to a file."""
        row = self._rows_of(events.column(self._key).to_pandas())
        order = np.argsort(row, kind="stable")[np.count_nonzero(row < 0) :]
        row = row[order]
        self.lengths += np.bincount(row, minlength=len(self.lengths))
        names = [_ROW, *map(str, range(events.num_columns))]
        run = pa.table([pa.array(row), *events.take(order).columns], names=names).combine_chunks()
        self._files.append(self._folder / f"{len(self._files)}.arrow")
        with pa.OSFile(str(self._files[-1]), "wb") as sink, pa.ipc.new_file(sink, run.schema) as writer:
            writer.write_table(run)

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
        parts = [part for file in self._files if len(part := _slice(file, first, last))]
        if not parts:
            none: pd.DataFrame = self._schema.empty_table().to_pandas()
            return none
        together = pa.concat_tables(parts).unify_dictionaries().combine_chunks()
        order = np.argsort(together.column(_ROW).to_numpy(), kind="stable")
        columns = together.take(order).columns[1:]
        events: pd.DataFrame = pa.table(columns, names=self._schema.names, metadata=self._schema.metadata).to_pandas()
        return events


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
    """
    options = {"fragment_scan_options": _UNBUFFERED} if _is_parquet(events) else {}
    scanner = events.scanner(columns=columns, batch_readahead=2, fragment_readahead=1, **options)
    with TemporaryDirectory(prefix="sequence_learning_") as folder:
        runs = SortedRuns(Path(folder), ids, scanner.projected_schema.with_metadata(events.schema.metadata), key)
        gathered: list[pa.RecordBatch] = []
        for batch in scanner.to_batches():
            gathered.append(batch)
            if sum(part.nbytes for part in gathered) * _COPIES > memory_mb * 2**20:
                runs.add(_table(gathered))
                gathered = []
        if gathered:
            runs.add(_table(gathered))
        yield runs


def _table(batches: list[pa.RecordBatch]) -> pa.Table:
    return pa.Table.from_batches(batches).unify_dictionaries().combine_chunks()


def _slice(file: Path, first: int, last: int) -> pa.Table:
    """The part of a run, mapped."""
    with pa.memory_map(str(file)) as source:
        run = pa.ipc.open_file(source).read_all()
    begin, end = np.searchsorted(run.column(_ROW).to_numpy(), [first, last])
    return run.slice(begin, end - begin)


def _is_parquet(events: pads.Dataset) -> bool:
    return isinstance(events, pads.FileSystemDataset) and isinstance(events.format, pads.ParquetFileFormat)
