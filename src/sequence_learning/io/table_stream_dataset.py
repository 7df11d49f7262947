"""Tables that need not fit into memory: read lazily, written piece by piece."""

import json
from collections.abc import Callable, Iterator
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
    """Loads a file, or a folder of files, as a ``pyarrow.dataset.Dataset``, of which only beginnings are read yet.

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
            return _open_csv(path, files) if self._file_format == "csv" else _open(path, files, "parquet")
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
    # Arrow would make 08:11:00 of 08:11, which is another category.
    return _open(path, files, as_csv, lambda found: pa.string() if pa.types.is_temporal(found) else found)


def _open(
    path: str,
    files: AbstractFileSystem,
    file_format: Any,  # noqa: ANN401
    read_as: Callable[[pa.DataType], pa.DataType] = lambda found: found,
) -> pads.Dataset:
    """The columns of the first file, of types that hold what all files begin with.

    Folders such as ``day=3`` give a column, as they do in pandas.
    """
    options = {"format": file_format, "filesystem": files, "partitioning": "hive"}
    opened = pads.dataset(path, **options)
    schemas = [opened.schema, *_schemas(opened)]
    columns = []
    for column in opened.schema:
        types = [read_as(schema.field(column.name).type) for schema in schemas if column.name in schema.names]
        columns.append(column.with_type(_widest(types)))
    schema = pa.schema(columns)  # without what pandas noted, which tells of other types
    return opened if schema.equals(opened.schema) else pads.dataset(path, schema=schema, **options)


def _schemas(table: pads.Dataset) -> Iterator[pa.Schema]:
    for file in table.get_fragments():
        with suppress(pa.ArrowException, OSError):  # what reads the file tells that it cannot be read
            yield file.physical_schema


def _widest(types: list[pa.DataType]) -> pa.DataType:
    """What holds whole numbers and fractions, or nothing and something; else the first, and what reads others tells."""
    known = [found for found in types if not pa.types.is_null(found)] or types
    if len(set(known)) > 1 and all(pa.types.is_integer(found) or pa.types.is_floating(found) for found in known):
        return pa.float64() if any(map(pa.types.is_floating, known)) else pa.int64()
    return known[0]


def summary_of(table: pads.Dataset) -> dict[str, Any]:
    """What was known of a table when it was saved."""
    (file,) = table.get_fragments()
    summary: dict[str, Any] = json.loads(file.metadata.metadata[b"summary"])
    return summary
