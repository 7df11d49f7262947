"""New tables scored batch by batch: memory is bounded, whatever the size of the tables."""

import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from sequence_learning.features.columns import input_columns
from sequence_learning.features.errors import DataError
from sequence_learning.inference.bundle import Bundle
from sequence_learning.inference.memory import peak_memory_mb
from sequence_learning.inference.ordered_tables import OrderedTables, Table, column_names, ordered_tables
from sequence_learning.inference.parameters import PredictParameters


class Scores:
    """Predictions of new tables. Each iteration scores them anew and yields one table per batch.

    Attributes:
        summary: of the last iteration that came to its end: ``rows``, ``events``, ``rows_without_events``; ``unseen``,
            for each category column its values that the model took as unknown, and their share; ``seconds``,
            ``rows_per_second``; ``peak_memory_mb``, of the whole process until then, None if not known; ``bundle``,
            which model it was. Empty before.
    """

    def __init__(self, bundle: Bundle, entities: Table, events: Table, parameters: PredictParameters) -> None:
        """Prepare to score.

        Args:
            bundle: the model.
            entities: one row per example.
            events: of these entities, in any order.
            parameters: sizes of batches, and memory.
        """
        self._bundle, self._entities, self._events, self._parameters = bundle, entities, events, parameters
        self.summary: dict[str, Any] = {}

    def __iter__(self) -> Iterator[pd.DataFrame]:
        """Predictions as :meth:`Bundle.predict` gives them, in the order of ``entities``.

        Raises:
            DataError: if the tables do not fit the model or break a rule.
        """
        start, seen = time.perf_counter(), Counter[str]()
        unseen = Counter(dict.fromkeys(self._category_columns(), 0))
        columns = input_columns(self._bundle.transformer.columns, self._bundle.schema)
        _check_columns(columns, self._entities, self._events)
        with ordered_tables(self._entities, self._events, *columns, self._parameters.memory_limit_mb) as tables:
            if not len(tables):
                raise DataError("a table must have rows, but entities has none; check where entities is read from")
            for first, last in batches(tables, self._parameters):
                entities, events = tables.read(first, last)
                with_events = events[self._bundle.schema.id].nunique()
                seen.update(rows=len(entities), events=len(events), rows_without_events=len(entities) - with_events)
                predictions = self._bundle.predict(entities, events)
                unseen.update(self._bundle.transformer.unseen(entities, events))  # predict has checked the tables
                yield predictions
        self.summary = self._summarise(seen, unseen, time.perf_counter() - start)

    def _category_columns(self) -> dict[str, tuple[bool, bool]]:
        """Whether each is one of ``entities``, of ``events``, or of both."""
        schema = self._bundle.schema
        names = dict.fromkeys((*schema.categorical, *schema.categorical_channels))
        return {name: (name in schema.categorical, name in schema.categorical_channels) for name in names}

    def _summarise(self, seen: Counter[str], unseen: Counter[str], seconds: float) -> dict[str, Any]:
        shares = {}
        for name, (of_entities, of_events) in self._category_columns().items():
            n_values = seen["rows"] * of_entities + seen["events"] * of_events
            shares[name] = {"values": unseen[name], "share": unseen[name] / n_values if n_values else 0.0}
        return {
            **{name: seen[name] for name in ("rows", "events", "rows_without_events")},
            "unseen": shares,
            "seconds": round(seconds, 3),
            "rows_per_second": round(seen["rows"] / seconds, 1),
            "peak_memory_mb": peak_memory_mb(),
            "bundle": self._bundle.manifest.model_dump(
                mode="json", include={"data", "encoder", "seed", "made", "package"}
            ),
        }


def batches(tables: OrderedTables, parameters: PredictParameters) -> Iterator[tuple[int, int]]:
    """Ranges of rows, each as long as both limits allow, and of one row at least."""
    first = 0
    while first < len(tables):
        last = min(first + parameters.batch_rows, len(tables))
        lengths = tables.lengths(first, last)
        # As if shorter sequences were all padded to the longest: at most they are.
        padded = np.maximum.accumulate(lengths) * np.arange(1, len(lengths) + 1)
        last = first + max(1, int(np.searchsorted(padded, parameters.batch_events, side="right")))
        yield first, last
        first = last


def _check_columns(columns: tuple[list[str], list[str]], *tables: Table) -> None:
    lacking = []
    for name, needed, table in zip(("entities", "events"), columns, tables, strict=True):
        missing = [column for column in needed if column not in column_names(table)]
        if missing:
            lacking.append(f"{name} lacks {', '.join(missing)}")
    if lacking:
        raise DataError(
            f"every column that the model reads must be in its table, but {' and '.join(lacking)}; "
            "add them (a value may be missing, a column may not)"
        )
