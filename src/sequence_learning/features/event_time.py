"""When events happened: parsing, the time between events and before the prediction, and channels made of them."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict

from sequence_learning.features.errors import DataError, refuse
from sequence_learning.features.names import SINCE_PREVIOUS, TO_PREDICTION, ColumnName
from sequence_learning.features.scaler import Scaler
from sequence_learning.features.times import parse_times, time_kind
from sequence_learning.parameters import FeatureParameters, Period, SchemaParameters, TimeChannel, TimeUnit


@dataclass(frozen=True)
class EventTimes:
    """Times of events by entity, oldest first; float64 in units of ``schema.time_unit``.

    Attributes:
        moments: ``(E,)``, the events' own times: numbers as they are, time stamps since the Unix epoch.
        deltas: ``(E,)``, time since the previous event of the entity, 0 for its first; never negative.
        ages: ``(E,)``, time from the event to the prediction; never negative.
    """

    moments: np.ndarray
    deltas: np.ndarray
    ages: np.ndarray


class EventTime(BaseModel):
    """Fitted state: the numeric channels that are made of the events' times.

    Attributes:
        scalers: of ``log(1 + delta)`` and ``log(1 + age)``, those that are channels.
        periods: in units of time; each gives a sine and a cosine.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    scalers: dict[TimeChannel, Scaler]
    periods: tuple[Period, ...]

    @classmethod
    def fit(cls, times: EventTimes, parameters: FeatureParameters) -> Self:
        """Learn from the events of the training rows."""
        scalers = {name: Scaler.fit(_log(times, name), parameters.scaling) for name in parameters.time}
        return cls(scalers=scalers, periods=parameters.periods)

    @property
    def width(self) -> int:
        """Channels that :meth:`transform` gives."""
        return len(self.scalers) + 2 * len(self.periods)

    def names(self, unit: TimeUnit) -> list[ColumnName]:
        """Of these channels; ``unit`` is that of the periods."""
        told: dict[TimeChannel, str] = {"delta": SINCE_PREVIOUS, "age": TO_PREDICTION}
        cycles = [f"cycle of {period:g} {unit}" for period in self.periods]
        waves = [ColumnName(cycle, wave) for cycle in cycles for wave in ("sine", "cosine")]
        return [*(ColumnName(told[name]) for name in self.scalers), *waves]

    def transform(self, times: EventTimes) -> np.ndarray:
        """``(E, width)`` float32: the scaled logarithms, then sine and cosine of each period."""
        scaled = [scaler.transform(_log(times, name)) for name, scaler in self.scalers.items()]
        angles = [2 * np.pi * times.moments / period for period in self.periods]
        cycles = [np.stack([np.sin(angle), np.cos(angle)], axis=1) for angle in angles]
        none = np.zeros((len(times.moments), 0))
        return np.concatenate([none, *scaled, *cycles], axis=1, dtype=np.float32)


def event_times(
    entities: pd.DataFrame, events: pd.DataFrame, offsets: np.ndarray, schema: SchemaParameters
) -> EventTimes:
    """Times of the events, which stand by entity and oldest first.

    Args:
        entities: all that have events, and maybe others.
        events: as :func:`~sequence_learning.features.order.sort_events` gives them.
        offsets: likewise.
        schema: names the columns that hold times; it must have ``time``.

    Raises:
        DataError: if a time is missing, infinite or no time at all, runs against the order of the events, or lies after
            the prediction.
    """
    ids, times = events[schema.id], measure_times(entities, events, offsets, schema)
    refuse(
        ids[times.deltas < 0],
        f"time {schema.time!r} must not run against order {schema.order!r}",
        "correct one of the two columns, or let schema.order be the column of schema.time",
    )
    refuse(
        ids[times.ages < 0],
        f"every event must lie before its entity's prediction time {schema.prediction_time!r}, or at it",
        "drop these events, which the model could not know, or correct the times",
    )
    return times


def measure_times(
    entities: pd.DataFrame, events: pd.DataFrame, offsets: np.ndarray, schema: SchemaParameters
) -> EventTimes:
    """The same of tables whose times may run against their order or lie after the prediction: some are negative then.

    Raises:
        DataError: if a time is missing, infinite or no time at all.
    """
    if events.empty:  # No training row may have events; an empty column would not say what it holds.
        return EventTimes(np.zeros(0), np.zeros(0), np.zeros(0))
    moments = _known_times(events, str(schema.time), "time", schema)
    ages = _prediction_times(entities, events, moments, offsets, schema) - moments
    return EventTimes(moments, _deltas(moments, offsets), ages)


def _known_times(table: pd.DataFrame, name: str, role: str, schema: SchemaParameters) -> np.ndarray:
    column, ids = table[name], table[schema.id]
    refuse(ids[column.isna()], f"{role} column {name!r} must not be missing", "fill or drop")
    times = parse_times(column, schema.time_unit)
    refuse(ids[np.isinf(times)], f"{role} column {name!r} must be finite", "replace infinite values")
    return times


def _prediction_times(
    entities: pd.DataFrame, events: pd.DataFrame, moments: np.ndarray, offsets: np.ndarray, schema: SchemaParameters
) -> np.ndarray:
    """When the prediction that each event serves is made, ``(E,)``."""
    lengths = np.diff(offsets)
    if schema.prediction_time is None:
        newest = offsets[1:][lengths > 0] - 1
        return np.repeat(moments[newest], lengths[lengths > 0])
    predictions = _known_times(entities, schema.prediction_time, "prediction_time", schema)
    kind, other = time_kind(events[str(schema.time)]), time_kind(entities[schema.prediction_time])
    if kind != other:
        raise DataError(
            "time and prediction_time must both be numbers or both be time stamps, but "
            f"{schema.time!r} holds {kind} and {schema.prediction_time!r} holds {other}; convert one of them"
        )
    return np.repeat(predictions, lengths)


def _deltas(moments: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    deltas = np.diff(moments, prepend=moments[:1])
    first = offsets[:-1][np.diff(offsets) > 0]
    deltas[first] = 0.0
    return deltas


def _log(times: EventTimes, name: TimeChannel) -> np.ndarray:
    return np.asarray(np.log1p(times.deltas if name == "delta" else times.ages))
