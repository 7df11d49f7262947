"""Both tables sorted by entity on disk, so that any range of entities is read with all its events in little memory.

DuckDB does it out of core: what exceeds its memory limit goes to a temporary folder. The columns in use are copied
once, each event is joined with the row of its entity, and the events are stored in the order of these rows. A batch of
entities is then a range of rows in both tables.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as pads

from sequence_learning.features.errors import DataError
from sequence_learning.inference.stored_types import StoredTypes

if TYPE_CHECKING:
    import duckdb

#: A pandas or Arrow table, or an Arrow dataset (Parquet or CSV), which is read in pieces.
Table: TypeAlias = pd.DataFrame | pa.Table | pads.Dataset

#: Each holds buffers of its own, and a second one sorts no faster where memory is short.
_THREADS = 1
_UNBUFFERED = pads.ParquetFragmentScanOptions(pre_buffer=False)
_SHOWN = 5
#: A rule, the remedy, and in SQL what breaks it: what to show, its row, and how many rows there are of it.
_RULES = (
    (
        "ids in entities must not be missing",
        "fill them in or drop these rows",
        "SELECT 'row ' || row AS shown, row, 1 AS n FROM entities WHERE c0 IS NULL",
    ),
    (
        "ids in entities must be unique",
        "remove the repeated rows",
        """
        SELECT 'id ' || c0 AS shown, min(row) AS row, count(*) - 1 AS n
        FROM entities WHERE c0 IS NOT NULL GROUP BY c0 HAVING n > 0
        """,
    ),
    (
        "every event must belong to an entity",
        "add the entities or drop the events",
        """
        SELECT coalesce('id ' || c0, 'a missing id') AS shown, min(place) AS row, count(*) AS n
        FROM events WHERE row < 0 GROUP BY c0
        """,
    ),
)


def column_names(table: Table) -> list[str]:
    """Of any table."""
    return list(table.columns) if isinstance(table, pd.DataFrame) else list(table.schema.names)


class OrderedTables:
    """Ranges of entities with all their events; :func:`ordered_tables` makes it."""

    def __init__(
        self, connection: "duckdb.DuckDBPyConnection", of_entities: StoredTypes, of_events: StoredTypes
    ) -> None:
        self._connection = connection
        self._types = {"entities": of_entities, "events": of_events}

    def __len__(self) -> int:
        """Entities."""
        return int(self._connection.sql("SELECT count(*) FROM entities").fetchall()[0][0])

    def lengths(self, first: int, last: int) -> np.ndarray:
        """Events of each entity of the rows ``first`` to ``last - 1``, int64."""
        counts = self._connection.sql(
            "SELECT row, count(*) FROM events WHERE row >= ? AND row < ? GROUP BY row", params=[first, last]
        ).fetchall()
        lengths = np.zeros(last - first, dtype=np.int64)
        for row, n_events in counts:
            lengths[row - first] = n_events
        return lengths

    def read(self, first: int, last: int) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Entities of the rows ``first`` to ``last - 1`` in their order, and their events, each entity's as given."""
        return self._read("entities", first, last), self._read("events", first, last)

    def _read(self, table: str, first: int, last: int) -> pd.DataFrame:
        rows = self._connection.sql(
            f"SELECT * EXCLUDE (row, place) FROM {table} WHERE row >= ? AND row < ? ORDER BY row, place",  # noqa: S608
            params=[first, last],
        )
        frame: pd.DataFrame = self._types[table].restore(rows.to_arrow_table()).to_pandas()
        return frame


@contextmanager
def ordered_tables(
    entities: Table, events: Table, of_entities: Sequence[str], of_events: Sequence[str], memory_limit_mb: int
) -> Iterator[OrderedTables]:
    """Copy and sort both tables into a temporary folder, which is removed in the end.

    Args:
        entities: one row per example.
        events: of these entities, in any order.
        of_entities: the columns of ``entities`` that are read, the id first.
        of_events: likewise.
        memory_limit_mb: of DuckDB.

    Raises:
        DataError: if ids are missing, repeated or of different types, an event belongs to no entity, or a table cannot
            be read to its end. All that is wrong with the ids is told at once.
    """
    import duckdb

    with TemporaryDirectory(prefix="sequence_learning_") as folder:
        limit = f"{memory_limit_mb}MiB"
        config: dict[str, Any] = {"memory_limit": limit, "temp_directory": folder, "threads": _THREADS}
        try:
            with duckdb.connect(Path(folder) / "tables.duckdb", config=config) as connection:
                connection.execute("SET TimeZone = 'UTC'")
                given = (_reader(entities, of_entities), _reader(events, of_events))
                types = (StoredTypes(given[0], of_entities), StoredTypes(given[1], of_events))
                _copy(connection, types[0].reader(), types[1].reader())
                yield OrderedTables(connection, *types)
        except duckdb.OutOfMemoryException as error:
            raise DataError(
                f"sorting the tables must fit into predict.memory_limit_mb and the disk, got {memory_limit_mb} MiB and "
                f"{' '.join(str(error).split())}; allow more memory, or free space in the folder TMPDIR"
            ) from error
        except duckdb.Error as error:
            raise DataError(
                f"both tables must be readable to their end, but DuckDB says: {' '.join(str(error).split())}; "
                "correct the file, or write it anew as Parquet"
            ) from error


def _copy(
    connection: "duckdb.DuckDBPyConnection", entities: pa.RecordBatchReader, events: pa.RecordBatchReader
) -> None:
    connection.register("given_entities", entities)
    connection.execute(
        "CREATE TABLE entities AS SELECT row_number() OVER () - 1 AS row, 0 AS place, * FROM given_entities"
    )
    connection.register("given_events", events)
    _check_types_of_ids(connection)
    connection.execute(
        """
        CREATE TABLE events AS
        SELECT coalesce(entity.row, -1) AS row, event.*
        FROM (SELECT row_number() OVER () AS place, * FROM given_events) AS event
        LEFT JOIN (SELECT c0, min(row) AS row FROM entities GROUP BY c0) AS entity ON event.c0 = entity.c0
        ORDER BY row, place
        """
    )
    _check_ids(connection)


def _reader(table: Table, columns: Sequence[str]) -> pa.RecordBatchReader:
    """The columns, called ``c0`` (the id), ``c1`` and so on: DuckDB would take ``a`` for ``A``."""
    if isinstance(table, pd.DataFrame):
        try:
            table = pa.Table.from_pandas(table[list(columns)], preserve_index=False)
        except pa.ArrowException as error:
            reason = " ".join(str(error).split())
            raise DataError(f"a column must hold values of one type, but {reason}; convert it") from error
    dataset = table if isinstance(table, pads.Dataset) else pads.dataset(table)
    renamed = {f"c{k}": pads.field(name) for k, name in enumerate(columns)}
    # DuckDB's limit does not count what Arrow holds, which would read a whole Parquet file ahead.
    options = {"fragment_scan_options": _UNBUFFERED} if _is_parquet(dataset) else {}
    return dataset.scanner(columns=renamed, batch_readahead=2, fragment_readahead=1, **options).to_reader()


def _is_parquet(dataset: pads.Dataset) -> bool:
    return isinstance(dataset, pads.FileSystemDataset) and isinstance(dataset.format, pads.ParquetFileFormat)


def _check_types_of_ids(connection: "duckdb.DuckDBPyConnection") -> None:
    types = [connection.sql(f"SELECT c0 FROM {table}").types[0] for table in ("entities", "given_events")]  # noqa: S608
    if len({str(of_ids) == "VARCHAR" for of_ids in types}) > 1:
        raise DataError(
            f"ids must be of one type in both tables, but are {types[0]} in entities and {types[1]} in events; "
            "convert one of them"
        )


def _check_ids(connection: "duckdb.DuckDBPyConnection") -> None:
    """Tell everything that is wrong with the ids at once."""
    found = [
        (rule, connection.sql(f"SELECT sum(n), arg_min(shown, row, {_SHOWN}) FROM ({broken})").fetchall()[0], remedy)  # noqa: S608
        for rule, remedy, broken in _RULES
    ]
    problems = [
        f"{rule}, but {n_broken} rows break it ({', '.join(shown)}); {remedy}"
        for rule, (n_broken, shown), remedy in found
        if n_broken
    ]
    if problems:
        raise DataError("\n".join(problems))
