"""Columns in types that DuckDB keeps, and back: it has no durations, numbers of 16 bits or ordered categories."""

from collections.abc import Sequence

import pyarrow as pa

from sequence_learning.features.errors import DataError


class StoredTypes:
    """Durations are stored as whole numbers, float16 as float32, ordered categories by their codes.

    The first column, which is the id, is not stored by its codes: those of two tables need not say the same.
    """

    def __init__(self, given: pa.RecordBatchReader, names: Sequence[str]) -> None:
        """Prepare to store.

        Args:
            given: the table, read once.
            names: what its columns are called to people.
        """
        self._given, self._names = given, names
        self._dictionaries: dict[int, pa.Array] = {}

    def reader(self) -> pa.RecordBatchReader:
        """The table as it is stored.

        Raises:
            DataError: while it is read, if the categories of a column that has an order change from piece to piece.
        """
        types = [_stored_type(k, column.type) for k, column in enumerate(self._given.schema)]
        schema = pa.schema([column.with_type(stored) for column, stored in zip(self._given.schema, types, strict=True)])
        return pa.RecordBatchReader.from_batches(schema, (self._store(batch, schema) for batch in self._given))

    def restore(self, table: pa.Table) -> pa.Table:
        """Stored rows with the types and names that they had."""
        columns = [self._restored(k, table.column(k)) for k in range(table.num_columns)]
        return pa.table(columns, names=list(self._names))

    def _store(self, batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
        columns = [
            (self._codes(k, column) if _has_codes(k, column.type) else column).cast(schema.types[k])
            for k, column in enumerate(batch.columns)
        ]
        return pa.RecordBatch.from_arrays(columns, schema=schema)

    def _codes(self, k: int, column: pa.DictionaryArray) -> pa.Array:
        if not self._dictionaries.setdefault(k, column.dictionary).equals(column.dictionary):
            raise DataError(
                f"ordered categories must be the same in the whole table, but those of {self._names[k]!r} are not; "
                "write the table anew as one file"
            )
        return column.indices

    def _restored(self, k: int, column: pa.ChunkedArray) -> pa.ChunkedArray:
        given = self._given.schema.types[k]
        if _has_codes(k, given):
            dictionary = self._dictionaries.get(k, pa.array([], given.value_type))
            codes = column.cast(given.index_type).combine_chunks()
            return pa.chunked_array([pa.DictionaryArray.from_arrays(codes, dictionary, ordered=True)])
        return column if _stored_type(k, given) == given else column.cast(given)


def _has_codes(k: int, given: pa.DataType) -> bool:
    return k > 0 and pa.types.is_dictionary(given) and given.ordered


def _stored_type(k: int, given: pa.DataType) -> pa.DataType:
    if pa.types.is_duration(given) or _has_codes(k, given):
        return pa.int64()
    return pa.float32() if pa.types.is_float16(given) else given
