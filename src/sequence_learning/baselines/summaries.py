"""Ragged sequences as one flat table with a row per example, for models that know no sequences."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Literal, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from sequence_learning.features.model_input import ModelInput

#: A channel with more codes than this has a share for its most frequent ones alone.
MOST_CODES = 32

Statistic = Literal[
    "mean", "max", "sum", "min", "std", "q25", "q50", "q75", "decayed_2", "decayed_8", "slope", "change"
]  # fmt: skip

#: Statistics that are the same whatever the order of the steps.
ORDER_FREE: tuple[Statistic, ...] = ("mean", "max", "sum", "min", "std", "q25", "q50", "q75")
#: Statistics that depend on it.
ORDER_AWARE: tuple[Statistic, ...] = ("decayed_2", "decayed_8", "slope", "change")


class Summaries(BaseModel):
    """Which columns the table has. What of it is learned, the frequent codes, is learned from training rows alone.

    In this order, ``d`` counting numeric and ``k`` categorical channels:

    - ``steps``: the number of steps, all that there is without further fields;
    - ``channel_<d>_<statistic>``: mean, max, sum, min, population standard deviation; quantiles, which interpolate
      linearly; means whose weights halve every 2 and every 8 steps back; the slope of the least-squares line over
      the steps; the mean absolute change from one step to the next;
    - ``channel_<d>_back_<s>``: the value ``s`` steps back from the newest, which is 0 steps back;
    - ``code_<k>_share_<c>``: the share of steps with code ``c``;
    - ``code_<k>_back_<s>``: the code ``s`` steps back.

    Only ``steps`` is defined for an empty sequence, slope and change only for two steps or more; the rest is NaN.

    Attributes:
        statistics: those of each numeric channel.
        n_channels: numeric channels.
        last_k: steps whose values the table holds one by one.
        frequent_codes: for each categorical channel, the codes that have a share, at most 32.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    statistics: tuple[Statistic, ...] = ()
    n_channels: int = Field(0, ge=0)
    last_k: int = Field(0, ge=0)
    frequent_codes: tuple[tuple[int, ...], ...] = ()

    @classmethod
    def fit(cls, model_input: ModelInput, rows: np.ndarray, statistics: tuple[Statistic, ...], last_k: int = 0) -> Self:
        """Find the frequent codes of ``rows``, which must be training rows."""
        counts = [np.zeros(n_codes, dtype=np.int64) for n_codes in model_input.spec.event_categories]
        for portion in model_input.portions(rows):
            codes = model_input.codes[model_input.events_of(rows[portion])]
            for k in range(len(counts)):
                counts[k] += np.bincount(codes[:, k], minlength=len(counts[k]))
        return cls(
            statistics=statistics,
            n_channels=model_input.spec.n_channels,
            last_k=last_k,
            frequent_codes=tuple(map(_frequent, counts)),
        )

    @property
    def columns(self) -> list[str]:
        """Names of the table's columns."""
        back, channels = range(self.last_k), range(self.n_channels)
        return [
            "steps",
            *(f"channel_{d}_{statistic}" for statistic in self.statistics for d in channels),
            *(f"channel_{d}_back_{s}" for s in back for d in channels),
            *(f"code_{k}_share_{c}" for k, codes in enumerate(self.frequent_codes) for c in codes),
            *(f"code_{k}_back_{s}" for s in back for k in range(len(self.frequent_codes))),
        ]

    @property
    def categorical(self) -> list[int]:
        """Positions of the columns that hold codes."""
        n_codes = self.last_k * len(self.frequent_codes)
        return list(range(len(self.columns) - n_codes, len(self.columns)))

    def table(self, model_input: ModelInput, rows: np.ndarray) -> np.ndarray:
        """Summaries of ``rows``: ``(len(rows), len(columns))`` float32."""
        table = np.full((len(rows), len(self.columns)), np.nan, dtype=np.float32)
        table[:, 0] = 0
        for portion in model_input.portions(rows):
            self._fill(table, portion, RaggedSteps.of(model_input, rows[portion]))
        return table

    def _fill(self, table: np.ndarray, portion: np.ndarray, steps: "RaggedSteps") -> None:
        if len(steps.rows):
            columns = [
                steps.lengths[None],
                *(_STATISTICS[statistic](steps) for statistic in self.statistics),
                *(steps.back(steps.values, s) for s in range(self.last_k)),
                *(_shares(steps, k, codes) for k, codes in enumerate(self.frequent_codes)),
                *(steps.back(steps.codes, s) for s in range(self.last_k)),
            ]
            table[portion[steps.rows]] = np.concatenate(columns).T


@dataclass(frozen=True)
class RaggedSteps:
    """The steps of those of some rows that have any, row after row; ``R`` counts these rows.

    Channels come first, so that the steps of a row lie beside each other in memory.

    Attributes:
        values: ``(D, E)`` float64.
        codes: ``(K, E)`` int32.
        rows: ``(R,)`` positions of these rows among those asked for.
        first: ``(R,)`` where each row begins.
        lengths: ``(R,)`` from 1.
    """

    values: np.ndarray
    codes: np.ndarray
    rows: np.ndarray
    first: np.ndarray
    lengths: np.ndarray

    @classmethod
    def of(cls, model_input: ModelInput, rows: np.ndarray) -> Self:
        """Gather the steps of ``rows``."""
        lengths = model_input.lengths_of(rows)
        some = np.flatnonzero(lengths)
        lengths = lengths[some]
        events = model_input.events_of(rows[some])
        return cls(
            values=np.ascontiguousarray(model_input.values[events].T, dtype=np.float64),
            codes=np.ascontiguousarray(model_input.codes[events].T),
            rows=some,
            first=lengths.cumsum() - lengths,
            lengths=lengths,
        )

    @cached_property
    def position(self) -> np.ndarray:
        """``(E,)`` steps since the oldest of the same row."""
        return np.asarray(np.arange(self.values.shape[1]) - self.spread_out(self.first))

    @cached_property
    def row(self) -> np.ndarray:
        """``(E,)`` which row a step belongs to, as an index into ``rows``."""
        return self.spread_out(np.arange(len(self.rows)))

    @cached_property
    def total(self) -> np.ndarray:
        """``(D, R)`` the sum of each channel."""
        return self.sum(self.values)

    @cached_property
    def deviation(self) -> np.ndarray:
        """``(D, E)`` values less their row's mean."""
        return np.asarray(self.values - self.spread_out(self.total / self.lengths))

    @cached_property
    def ascending(self) -> np.ndarray:
        """``(D, E)`` each channel's values sorted within their row."""
        ordered = np.empty_like(self.values)
        for d, channel in enumerate(self.values):
            ordered[d] = channel[np.lexsort((channel, self.row))]
        return ordered

    def sum(self, values: np.ndarray) -> np.ndarray:
        """``(..., E) -> (..., R)``."""
        return np.asarray(np.add.reduceat(values, self.first, axis=-1))

    def spread_out(self, by_row: np.ndarray) -> np.ndarray:
        """``(..., R) -> (..., E)``: what belongs to a row, at each of its steps."""
        return np.asarray(np.repeat(by_row, self.lengths, axis=-1))

    def back(self, values: np.ndarray, s: int) -> np.ndarray:
        """``(D, E) -> (D, R)`` the values ``s`` steps back from the newest; NaN where a row is shorter."""
        there = self.lengths > s
        taken = np.full((len(values), len(self.rows)), np.nan)
        taken[:, there] = values[:, (self.first + self.lengths - 1 - s)[there]]
        return taken


def _std(steps: RaggedSteps) -> np.ndarray:
    return np.asarray(np.sqrt(steps.sum(steps.deviation**2) / steps.lengths))


def _quantile(steps: RaggedSteps, share: float) -> np.ndarray:
    place = share * (steps.lengths - 1)
    below = np.floor(place).astype(np.int64)
    low = steps.ascending[:, steps.first + below]
    high = steps.ascending[:, steps.first + np.minimum(below + 1, steps.lengths - 1)]
    return np.asarray(low + (high - low) * (place - below))


def _decayed_mean(steps: RaggedSteps, half_life: float) -> np.ndarray:
    steps_back = steps.spread_out(steps.lengths - 1) - steps.position
    weight = 0.5 ** (steps_back / half_life)
    return np.asarray(steps.sum(weight * steps.values) / steps.sum(weight))


def _slope(steps: RaggedSteps) -> np.ndarray:
    time = steps.position - steps.spread_out((steps.lengths - 1) / 2)
    return _over(steps.sum(time * steps.deviation), steps.sum(time**2))


def _change(steps: RaggedSteps) -> np.ndarray:
    change = np.abs(np.diff(steps.values, axis=1, prepend=steps.values[:, :1]))
    change[:, steps.first] = 0.0  # the step before belongs to another row
    return _over(steps.sum(change), steps.lengths - 1)


def _over(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    """The quotient; NaN where the denominator is zero, as it is for a single step."""
    return np.asarray(numerator / np.where(denominator > 0, denominator, np.nan))


#: Each gives ``(D, R)``.
_STATISTICS: dict[Statistic, Callable[[RaggedSteps], np.ndarray]] = {
    "mean": lambda steps: np.asarray(steps.total / steps.lengths),
    "max": lambda steps: np.asarray(np.maximum.reduceat(steps.values, steps.first, axis=1)),
    "sum": lambda steps: steps.total,
    "min": lambda steps: np.asarray(np.minimum.reduceat(steps.values, steps.first, axis=1)),
    "std": _std,
    "q25": partial(_quantile, share=0.25),
    "q50": partial(_quantile, share=0.5),
    "q75": partial(_quantile, share=0.75),
    "decayed_2": partial(_decayed_mean, half_life=2),
    "decayed_8": partial(_decayed_mean, half_life=8),
    "slope": _slope,
    "change": _change,
}


def _shares(steps: RaggedSteps, channel: int, frequent: tuple[int, ...]) -> np.ndarray:
    """``(len(frequent), R)``."""
    codes, n_places = steps.codes[channel], len(frequent) + 1
    place_of = np.full(1 + max(*frequent, codes.max(), 0), len(frequent))  # the last place takes all rare codes
    place_of[list(frequent)] = np.arange(len(frequent))
    counts = np.bincount(steps.row * n_places + place_of[codes], minlength=len(steps.rows) * n_places)
    return np.asarray(counts.reshape(-1, n_places)[:, :-1].T / steps.lengths)


def _frequent(counts: np.ndarray) -> tuple[int, ...]:
    """The codes that occur most often, in ascending order."""
    most = np.argsort(-counts, kind="stable")[:MOST_CODES]
    return tuple(sorted(int(code) for code in most if counts[code]))
