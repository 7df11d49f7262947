"""Ragged sequences as one flat table with a row per example, for models that know no sequences."""

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from sequence_learning.features.model_input import ModelInput

#: A channel with more codes than this has a share for its most frequent ones alone.
MOST_CODES = 32
HALF_LIVES = (2, 8)
QUANTILES = (0.25, 0.5, 0.75)

_STATISTICS = (
    "mean",
    "max",
    "sum",
    "min",
    "std",
    *(f"q{100 * q:.0f}" for q in QUANTILES),
    *(f"decayed_{half_life}" for half_life in HALF_LIVES),
    "slope",
    "change",
)


class Summaries(BaseModel):
    """Which columns the table has. What of it is learned, the frequent codes, is learned from training rows alone.

    In this order, ``d`` counting numeric and ``k`` categorical channels:

    - ``steps``: the number of steps;
    - ``channel_<d>_<statistic>``: mean, max, sum, min, population standard deviation; quantiles, which interpolate
      linearly; means whose weights halve every 2 and every 8 steps back; the slope of the least-squares line over
      the steps; the mean absolute change from one step to the next;
    - ``channel_<d>_back_<s>``: the value ``s`` steps back from the newest, which is 0 steps back;
    - ``code_<k>_share_<c>``: the share of steps with code ``c``;
    - ``code_<k>_back_<s>``: the code ``s`` steps back.

    Only ``steps`` is defined for an empty sequence, slope and change only for two steps or more; the rest is NaN.

    Attributes:
        n_channels: numeric channels.
        last_k: steps whose values the table holds one by one.
        frequent_codes: for each categorical channel, the codes that have a share, at most 32.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    n_channels: int = Field(ge=0)
    last_k: int = Field(ge=1)
    frequent_codes: tuple[tuple[int, ...], ...]

    @classmethod
    def fit(cls, model_input: ModelInput, rows: np.ndarray, last_k: int) -> Self:
        """Find the frequent codes of ``rows``, which must be training rows."""
        codes = RaggedSteps.of(model_input, rows).codes
        return cls(
            n_channels=model_input.spec.n_channels,
            last_k=last_k,
            frequent_codes=tuple(_frequent(column) for column in codes),
        )

    @property
    def columns(self) -> list[str]:
        """Names of the table's columns."""
        back, channels = range(self.last_k), range(self.n_channels)
        return [
            "steps",
            *(f"channel_{d}_{statistic}" for statistic in _STATISTICS for d in channels),
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
        steps = RaggedSteps.of(model_input, rows)
        table = np.full((len(rows), len(self.columns)), np.nan, dtype=np.float32)
        table[:, 0] = model_input.lengths_of(rows)
        if len(steps.rows):
            columns = [
                *_statistics(steps),
                *(steps.back(steps.values, s) for s in range(self.last_k)),
                *(_shares(steps, k, codes) for k, codes in enumerate(self.frequent_codes)),
                *(steps.back(steps.codes, s) for s in range(self.last_k)),
            ]
            table[steps.rows, 1:] = np.concatenate(columns).T
        return table


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
        first = lengths.cumsum() - lengths
        events = np.repeat(model_input.offsets[rows[some]] - first, lengths) + np.arange(lengths.sum())
        return cls(
            values=np.ascontiguousarray(model_input.values[events].T, dtype=np.float64),
            codes=np.ascontiguousarray(model_input.codes[events].T),
            rows=some,
            first=first,
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


def _statistics(steps: RaggedSteps) -> list[np.ndarray]:
    """Each ``(D, R)``, in the order of their names."""
    values, total = steps.values, steps.sum(steps.values)
    mean = total / steps.lengths
    deviation = values - steps.spread_out(mean)
    return [
        mean,
        np.maximum.reduceat(values, steps.first, axis=1),
        total,
        np.minimum.reduceat(values, steps.first, axis=1),
        np.sqrt(steps.sum(deviation**2) / steps.lengths),
        *_quantiles(steps),
        *(_decayed_mean(steps, half_life) for half_life in HALF_LIVES),
        _slope(steps, deviation),
        _change(steps),
    ]


def _quantiles(steps: RaggedSteps) -> list[np.ndarray]:
    ordered = np.empty_like(steps.values)
    for d, channel in enumerate(steps.values):
        ordered[d] = channel[np.lexsort((channel, steps.row))]
    quantiles = []
    for share in QUANTILES:
        place = share * (steps.lengths - 1)
        below = np.floor(place).astype(np.int64)
        low = ordered[:, steps.first + below]
        high = ordered[:, steps.first + np.minimum(below + 1, steps.lengths - 1)]
        quantiles.append(low + (high - low) * (place - below))
    return quantiles


def _decayed_mean(steps: RaggedSteps, half_life: float) -> np.ndarray:
    steps_back = steps.spread_out(steps.lengths - 1) - steps.position
    weight = 0.5 ** (steps_back / half_life)
    return np.asarray(steps.sum(weight * steps.values) / steps.sum(weight))


def _slope(steps: RaggedSteps, deviation: np.ndarray) -> np.ndarray:
    time = steps.position - steps.spread_out((steps.lengths - 1) / 2)
    return _over(steps.sum(time * deviation), steps.sum(time**2))


def _change(steps: RaggedSteps) -> np.ndarray:
    change = np.abs(np.diff(steps.values, axis=1, prepend=steps.values[:, :1]))
    change[:, steps.first] = 0.0  # the step before belongs to another row
    return _over(steps.sum(change), steps.lengths - 1)


def _over(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    """The quotient; NaN where the denominator is zero, as it is for a single step."""
    return np.asarray(numerator / np.where(denominator > 0, denominator, np.nan))


def _shares(steps: RaggedSteps, channel: int, frequent: tuple[int, ...]) -> np.ndarray:
    """``(len(frequent), R)``."""
    codes, n_places = steps.codes[channel], len(frequent) + 1
    place_of = np.full(1 + max(*frequent, codes.max(), 0), len(frequent))  # the last place takes all rare codes
    place_of[list(frequent)] = np.arange(len(frequent))
    counts = np.bincount(steps.row * n_places + place_of[codes], minlength=len(steps.rows) * n_places)
    return np.asarray(counts.reshape(-1, n_places)[:, :-1].T / steps.lengths)


def _frequent(codes: np.ndarray) -> tuple[int, ...]:
    """In ascending order."""
    counts = np.bincount(codes)
    most = np.argsort(-counts, kind="stable")[:MOST_CODES]
    return tuple(sorted(int(code) for code in most if counts[code]))
