"""Tables that need not fit into memory: read lazily, written piece by piece."""

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal, Protocol

import pandas as pd
import pyarrow as pa
import pyarrow.dataset as pads
import pyarrow.parquet as pq
from fsspec import AbstractFileSystem
from fsspec.core import url_to_fs
from kedro.io import AbstractDataset
from pyarrow import csv

from sequence_learning.atomic import written_whole

#: Words for a missing value in CSV that pandas knows and Arrow does not.
_ALSO_MISSING = ("None", "<NA>")


class TableStream(Protocol):
    """A table in pieces, at least one, and what is known of the whole after the last."""

    summary: dict[str, Any]

    def __iter__(self) -> Iterator[pd.DataFrame]:
        """The pieces, which have the same columns."""


class TableStreamDataset(AbstractDataset[TableStream, pads.Dataset]):
    """Loads a file, or a folder of files, as a ``pyarrow.dataset.Dataset``, which reads no rows yet.

    CSV has the values that ``pandas.read_csv`` gives: a time, a date or a time stamp stays the text that it is.

    Saves pieces to one Parquet file, which appears whole or not at all; their ``summary`` goes into its metadata.

    Args:
        filepath: a file or folder, or the address of one that ``fsspec`` knows, such as ``s3://bucket/events``; what is
            saved is a local file.
        file_format: ``parquet`` or ``csv``; only Parquet is written.
        credentials: for the file system of an address, as its ``fsspec`` class takes them.
        metadata: for plugins such as Kedro-Viz.
    """

    def __init__(
        self,
        *,
        filepath: str,
        file_format: Literal["parquet", "csv"] = "parquet",
        credentials: dict[str, Any] | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        self._filepath = filepath
        self._file_format = file_format
        self._credentials = credentials or {}
        self.metadata = metadata

    def load(self) -> pads.Dataset:
        """Open it."""
        files, path = url_to_fs(self._filepath, **self._credentials)
        if not files.exists(path):
            raise FileNotFoundError(
                f"a table must be there to be read, but {self._filepath} is not; put it there, or name another place "
                "in the catalog"
            )
        try:
            return _open_csv(path, files) if self._file_format == "csv" else _open_parquet(path, files)
        except pa.ArrowInvalid as error:
            raise ValueError(
                f"{self._filepath} must be {self._file_format}, but: {' '.join(str(error).split())}; correct the file, "
                "or file_format in the catalog"
            ) from error

    def save(self, data: TableStream) -> None:
        """Write all pieces, the first of which decides the types.

        Raises:
            ValueError: if the file would not be a local one.
        """
        if "://" in self._filepath:
            raise ValueError(
                f"a table is written piece by piece to a local file, got {self._filepath}; name one in the catalog"
            )
        pieces = iter(data)
        first = pa.Table.from_pandas(next(pieces), preserve_index=False)
        with written_whole(Path(self._filepath)) as aside, pq.ParquetWriter(aside, first.schema) as writer:
            writer.write_table(first)
            for piece in pieces:
                writer.write_table(pa.Table.from_pandas(piece, first.schema, preserve_index=False))
            writer.add_key_value_metadata({"summary": json.dumps(data.summary)})

    def _exists(self) -> bool:
        files, path = url_to_fs(self._filepath, **self._credentials)
        return bool(files.exists(path))

    def _describe(self) -> dict[str, Any]:
        return {"filepath": self._filepath, "file_format": self._file_format}


def _open_csv(path: str, files: AbstractFileSystem) -> pads.Dataset:
    missing = [*csv.ConvertOptions().null_values, *_ALSO_MISSING]
    # As pandas has it, an empty cell is missing, also in a column of text.
    as_csv = pads.CsvFileFormat(convert_options=csv.ConvertOptions(strings_can_be_null=True, null_values=missing))
    widened = _widened(_open(path, files, as_csv))
    # Arrow would make 08:11:00 of 08:11, which is another category.
    kept = [column.with_type(pa.string()) if pa.types.is_temporal(column.type) else column for column in widened]
    return _open(path, files, as_csv, schema=pa.schema(kept))


def _open_parquet(path: str, files: AbstractFileSystem) -> pads.Dataset:
    return _open(path, files, "parquet", schema=_widened(_open(path, files, "parquet")))


def _open(path: str, files: AbstractFileSystem, file_format: Any, **schema: pa.Schema) -> pads.Dataset:  # noqa: ANN401
    """Folders such as ``day=3`` give a column, as they do in pandas."""
    return pads.dataset(path, format=file_format, filesystem=files, partitioning="hive", **schema)


def _widened(table: pads.Dataset) -> pa.Schema:
    """The columns of the first file, of types that hold what all files have: whole numbers and fractions, say.

    Where there are no such types they are those of the first file, and what is read tells which file has others.
    """
    schemas = [table.schema]
    for file in table.get_fragments():
        with suppress(pa.ArrowException, OSError):  # a file that cannot be read is told by what reads it, too
            schemas.append(file.physical_schema)
    try:
        whole = pa.unify_schemas(schemas, promote_options="permissive")
    except pa.ArrowException:
        return table.schema
    return pa.schema([whole.field(name) for name in table.schema.names], table.schema.metadata)


def summary_of(table: pads.Dataset) -> dict[str, Any]:
    """What was known of a table when it was saved."""
    (file,) = table.get_fragments()
    summary: dict[str, Any] = json.loads(file.metadata.metadata[b"summary"])
    return summary
