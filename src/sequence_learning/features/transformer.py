"""Turns raw tables into model input, with everything learned from the training rows alone."""

from dataclasses import asdict
from typing import Any, Self

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict

from sequence_learning.features.categories import category_order, category_texts
from sequence_learning.features.columns import Columns, resolve_columns
from sequence_learning.features.errors import DataError, some_of
from sequence_learning.features.event_time import EventTime, event_times
from sequence_learning.features.kinds import to_floats
from sequence_learning.features.model_input import NO_PART, ModelInput
from sequence_learning.features.names import ColumnName, FeatureNames
from sequence_learning.features.order import owners, sort_events
from sequence_learning.features.scaler import Scaler, spread
from sequence_learning.features.split import PARTS
from sequence_learning.parameters import FeatureParameters, SchemaParameters
from sequence_learning.spec import InputSpec, TargetSpec


class FeatureTransformer(BaseModel):
    """Fitted state, as JSON: what to do with each column of either table.

    Attributes:
        schema_: roles of the columns, all features by their full names: a pattern would match less in later tables that
            lack a column.
        numeric: scaler of each tabular number.
        categorical: known categories of each tabular category; code ``i + 1`` is the i-th, 0 is unknown.
        channels: scaler of each numeric channel.
        categorical_channels: known categories of each categorical channel.
        target: how the target becomes a number and back.
        bins: edges of the bins of each tabular number, as :meth:`transform` gives it; ascending.
        event_time: channels made of the events' times; None without ``schema.time``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_: SchemaParameters
    numeric: dict[str, Scaler]
    categorical: dict[str, tuple[str, ...]]
    channels: dict[str, Scaler]
    categorical_channels: dict[str, tuple[str, ...]]
    target: TargetSpec
    bins: tuple[tuple[float, ...], ...] = ()
    event_time: EventTime | None = None

    @classmethod
    def fit(
        cls,
        entities: pd.DataFrame,
        events: pd.DataFrame,
        schema: SchemaParameters,
        parameters: FeatureParameters,
    ) -> Self:
        """Learn from ``entities``, which must be the training rows, and from those of ``events`` that are theirs.

        Raises:
            DataError: if a column is missing, or periods are asked for and the events have no time.
        """
        if parameters.periods and schema.time is None:
            raise DataError(
                f"features.periods need the time of events, got {list(parameters.periods)} and no schema.time; "
                "name the column of events there, or remove the periods"
            )
        columns = resolve_columns(schema, entities, events)
        is_theirs = owners(entities[schema.id], events[schema.id]) >= 0
        theirs, offsets = sort_events(entities, events[is_theirs], schema)
        rare = parameters.min_category_count
        numeric = {c: Scaler.fit(to_floats(entities[c]), parameters.scaling) for c in columns.numeric}
        return cls(
            schema_=schema.model_copy(update=asdict(columns)),
            numeric=numeric,
            categorical={c: _categories(entities[c], rare) for c in columns.categorical},
            channels={c: Scaler.fit(to_floats(theirs[c]), parameters.scaling) for c in columns.channels},
            categorical_channels={c: _categories(theirs[c], rare) for c in columns.categorical_channels},
            target=_fit_target(entities[schema.target], schema),
            bins=_fit_bins(_scale(numeric, entities), parameters.n_bins),
            event_time=_fit_event_time(entities, theirs, offsets, schema, parameters),
        )

    @property
    def spec(self) -> InputSpec:
        """Widths of what :meth:`transform` gives."""
        n_time_channels = self.event_time.width if self.event_time else 0
        return InputSpec(
            n_channels=_width(self.channels) + n_time_channels,
            event_categories=tuple(len(known) + 1 for known in self.categorical_channels.values()),
            n_numeric=_width(self.numeric),
            categories=tuple(len(known) + 1 for known in self.categorical.values()),
            numeric_bins=self.bins,
            n_outputs=self.target.n_outputs,
            has_ages=self.event_time is not None,
            n_time_channels=n_time_channels,
        )

    @property
    def columns(self) -> Columns:
        """The raw columns of features, by their full names."""
        return Columns(
            numeric=tuple(self.numeric),
            categorical=tuple(self.categorical),
            channels=tuple(self.channels),
            categorical_channels=tuple(self.categorical_channels),
        )

    @property
    def feature_names(self) -> FeatureNames:
        """Names of the columns that :meth:`transform` gives."""
        times = self.event_time.names(self.schema_.time_unit) if self.event_time else []
        return FeatureNames(
            values=(*_names(self.channels), *times),
            codes=tuple(map(ColumnName, self.categorical_channels)),
            numeric=_names(self.numeric),
            categorical=tuple(map(ColumnName, self.categorical)),
        )

    def transform(
        self, entities: pd.DataFrame, events: pd.DataFrame, part: "pd.Series[str] | None" = None
    ) -> ModelInput:
        """Prepare rows in the order of ``entities``.

        Args:
            entities: need a target only if they belong to a part.
            events: of these entities.
            part: ``train``, ``validation`` or ``test`` for each row. Without it, rows are new: they are of no part, and
                their target is NaN.
        """
        events, offsets = sort_events(entities, events, self.schema_)
        values, ages = _scale(self.channels, events), None
        if self.event_time is not None:
            times = event_times(entities, events, offsets, self.schema_)
            values = np.concatenate([values, self.event_time.transform(times)], axis=1)
            ages = times.ages.astype(np.float32)
        return ModelInput(
            values=values,
            codes=_encode(self.categorical_channels, events),
            offsets=offsets,
            numeric=_scale(self.numeric, entities),
            categorical=_encode(self.categorical, entities),
            target=_unknown(entities) if part is None else self._target(entities[self.schema_.target]),
            part=_part_codes(part, len(entities)),
            spec=self.spec,
            target_spec=self.target,
            ages=ages,
        )

    def unseen(self, entities: pd.DataFrame, events: pd.DataFrame) -> dict[str, int]:
        """How many values of each category column the training rows did not teach; missing ones do not count.

        A column name that both tables have counts in both.
        """
        counts: dict[str, int] = {}
        for table, categories in ((entities, self.categorical), (events, self.categorical_channels)):
            for name, known in categories.items():
                texts = category_texts(table[name])
                unknown = (_index(known, texts) < 0) & pd.notna(texts)
                counts[name] = counts.get(name, 0) + int(unknown.sum())
        return counts

    def _target(self, target: "pd.Series[Any]") -> np.ndarray:
        if self.target.task == "regression":
            return ((to_floats(target) - self.target.mean) / self.target.std).astype(np.float32)
        texts = category_texts(target)
        index = _index(self.target.classes, texts)
        if (index < 0).any():
            unseen = ", ".join(some_of(texts[index < 0]))
            raise DataError(
                f"every class must occur in the training rows, but {unseen} does not; "
                "merge or drop rare classes, or use another split"
            )
        return index.astype(np.float32)


def _fit_target(target: "pd.Series[Any]", schema: SchemaParameters) -> TargetSpec:
    if schema.task == "regression":
        values = to_floats(target)
        return TargetSpec(task=schema.task, mean=float(values.mean()), std=spread(values))
    return TargetSpec(task=schema.task, classes=category_order(target))


def _fit_bins(numbers: np.ndarray, n_bins: int) -> tuple[tuple[float, ...], ...]:
    """Edges at the quantiles of each column of ``(N, T)``; a constant has one bin of width 1."""
    quantiles = np.quantile(numbers, np.linspace(0, 1, n_bins + 1), axis=0)
    edges = [np.unique(levels).tolist() for levels in quantiles.T]
    return tuple((*levels, levels[0] + 1) if len(levels) == 1 else tuple(levels) for levels in edges)


def _fit_event_time(
    entities: pd.DataFrame,
    events: pd.DataFrame,
    offsets: np.ndarray,
    schema: SchemaParameters,
    parameters: FeatureParameters,
) -> EventTime | None:
    if schema.time is None:
        return None
    return EventTime.fit(event_times(entities, events, offsets, schema), parameters)


def _categories(column: "pd.Series[Any]", min_count: int) -> tuple[str, ...]:
    counts = pd.Series(category_texts(column), dtype=object).value_counts()
    return tuple(sorted(counts.index[counts >= min_count]))


def _width(scalers: dict[str, Scaler]) -> int:
    return sum(1 + scaler.indicator for scaler in scalers.values())


def _names(scalers: dict[str, Scaler]) -> tuple[ColumnName, ...]:
    columns: list[ColumnName] = []
    for name, scaler in scalers.items():
        columns += [ColumnName(name)] + [ColumnName(name, "missing")] * scaler.indicator
    return tuple(columns)


def _scale(scalers: dict[str, Scaler], table: pd.DataFrame) -> np.ndarray:
    columns = [scaler.transform(to_floats(table[name])) for name, scaler in scalers.items()]
    return np.concatenate(columns, axis=1) if columns else np.zeros((len(table), 0), dtype=np.float32)


def _encode(categories: dict[str, tuple[str, ...]], table: pd.DataFrame) -> np.ndarray:
    codes = np.zeros((len(table), len(categories)), dtype=np.int32)
    for k, (name, known) in enumerate(categories.items()):
        # A missing value is no text: it stays at code 0, unknown.
        codes[:, k] = _index(known, category_texts(table[name])) + 1
    return codes


def _index(known: tuple[str, ...], texts: np.ndarray) -> np.ndarray:
    """Where each text stands among the known ones, -1 where it does not."""
    return pd.Index(known, dtype=object).get_indexer(pd.Index(texts, dtype=object))


def _unknown(entities: pd.DataFrame) -> np.ndarray:
    return np.full(len(entities), np.nan, dtype=np.float32)


def _part_codes(part: "pd.Series[str] | None", n: int) -> np.ndarray:
    return np.array([NO_PART] * n if part is None else [PARTS.index(name) for name in part], dtype=np.uint8)
