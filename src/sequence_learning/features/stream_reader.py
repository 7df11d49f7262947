"""Reading a stream of events piece by piece, in types that do not depend on the piece."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as pads

from sequence_learning.features.errors import DataError


class StreamReader:
    """Some columns of all files, one after the other; each iteration reads them anew.

    Categories become their values, but for those that have an order. Whole numbers become floats where some are missing
    anywhere, as they do in a table.

    Args:
        events: the files.
        columns: those that are read.

    Attributes:
        schema: of the pieces.
    """

    def __init__(self, events: pads.Dataset, columns: list[str]) -> None:
        self._events, self._columns = events, columns
        fields = [_decoded(events.schema.field(name)) for name in columns]
        self.schema = pa.schema(fields, events.schema.metadata)
        self._dictionaries: dict[str, pa.Array] = {}
        self._with_gaps: set[str] = set()

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        """Pieces of a row group of Parquet at a time: Arrow would read a gigabyte of several ahead.

        Raises:
            DataError: if a file cannot be read, or says something else of its columns than the first.
        """
        for fragment in self._events.get_fragments():
            with _told(fragment):
                self._check_columns(fragment)
                groups = fragment.split_by_row_group() if isinstance(fragment, pads.ParquetFileFragment) else [fragment]
                for group in groups:
                    for batch in group.to_batches(schema=self._events.schema, columns=self._columns):
                        yield self._decode(batch)

    def to_pandas(self, pieces: list[pa.RecordBatch]) -> pd.DataFrame:
        """Pieces as one table; all should have been read before."""
        table: pd.DataFrame = pa.Table.from_batches(pieces, self.schema).to_pandas()
        gaps = [name for name in self._with_gaps if isinstance(table[name].dtype, np.dtype)]
        return table.astype(dict.fromkeys(gaps, "float64"))

    def _decode(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        columns = []
        for name, column in zip(self._columns, batch.columns, strict=True):
            if pa.types.is_integer(column.type) and column.null_count:
                self._with_gaps.add(name)
            elif pa.types.is_dictionary(column.type) and column.type.ordered:
                self._check_order(name, column)
            elif pa.types.is_dictionary(column.type):
                column = column.dictionary_decode()  # noqa: PLW2901  # files have dictionaries of their own
            columns.append(column)
        return pa.RecordBatch.from_arrays(columns, schema=self.schema)

    def _check_columns(self, fragment: pads.Fragment) -> None:
        """Arrow would fill a column that a file lacks with missing values."""
        known = {*fragment.physical_schema.names, *pads.get_partition_keys(fragment.partition_expression)}
        lacking = [name for name in self._columns if name not in known]
        if lacking:
            raise DataError(
                f"all files of a stream must have the same columns, but {getattr(fragment, 'path', 'one')} lacks "
                f"{', '.join(lacking)}; write it anew, or remove it"
            )

    def _check_order(self, name: str, column: pa.DictionaryArray) -> None:
        if not self._dictionaries.setdefault(name, column.dictionary).equals(column.dictionary):
            raise DataError(
                f"ordered categories must be the same in all files of a stream, but those of {name!r} are not; write "
                "the files anew, or the column as numbers"
            )


def _decoded(field: pa.Field) -> pa.Field:
    coded = pa.types.is_dictionary(field.type) and not field.type.ordered
    return field.with_type(field.type.value_type) if coded else field


@contextmanager
def _told(fragment: pads.Fragment) -> Iterator[None]:
    try:
        yield
    except (pa.ArrowException, OSError) as error:
        where, reason = getattr(fragment, "path", "one"), " ".join(str(error).split())
        raise DataError(
            f"all files of a stream must be readable, with columns of the types that the first has, but {where} is "
            f"not: {reason}; write either of the two anew, or remove it"
        ) from error
