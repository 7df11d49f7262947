"""Scaling of one numeric column, fitted once and stored as JSON."""

from typing import Literal, Self

import numpy as np
from pydantic import BaseModel, ConfigDict
from scipy.special import ndtri

_N_QUANTILES = 501
# Robust scaling leaves a broken sensor's reading hundreds of units away, where it would rule every gradient.
_LARGEST = 10.0


class Scaler(BaseModel):
    """Maps one numeric column to about zero mean and unit spread; missing values become 0.

    Attributes:
        center: median of the training values.
        scale: interquartile range of the training values over that of a normal distribution; scaled values are
            kept within ±10.
        quantiles: evenly spaced training quantiles; when given, values are mapped to a normal distribution
            through them and ``center`` and ``scale`` are not used.
        indicator: whether some training value was missing, so that a 0/1 column says where.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    center: float = 0.0
    scale: float = 1.0
    quantiles: tuple[float, ...] = ()
    indicator: bool = False

    @classmethod
    def fit(cls, values: np.ndarray, method: Literal["robust", "quantile"]) -> Self:
        """Fit on training values ``(N,)``; NaN is missing."""
        known = values[~np.isnan(values)]
        indicator = len(known) < len(values)
        if not len(known):
            return cls(indicator=indicator)
        if method == "quantile":
            levels = np.quantile(known, np.linspace(0, 1, _N_QUANTILES))
            return cls(quantiles=tuple(levels.tolist()), indicator=indicator)
        low, center, high = np.quantile(known, [0.25, 0.5, 0.75])
        # Where more than half of the values are equal the range is zero.
        scale = (high - low) / 1.349 or spread(known)
        return cls(center=float(center), scale=float(scale), indicator=indicator)

    def transform(self, values: np.ndarray) -> np.ndarray:
        """``(N,) -> (N, 1)`` scaled values, or ``(N, 2)`` with the indicator; float32."""
        missing = np.isnan(values)
        scaled = self._normal_scores(values) if self.quantiles else self._robust(values)
        columns = [np.where(missing, 0.0, scaled)] + [missing] * self.indicator
        return np.stack(columns, axis=1).astype(np.float32)

    def _robust(self, values: np.ndarray) -> np.ndarray:
        return ((values - self.center) / self.scale).clip(-_LARGEST, _LARGEST)

    def _normal_scores(self, values: np.ndarray) -> np.ndarray:
        levels, shares = np.asarray(self.quantiles), np.linspace(0, 1, len(self.quantiles))
        # Interpolating from both sides puts a value that repeats at the middle of its quantiles.
        from_below = np.interp(values, levels, shares)
        from_above = 1 - np.interp(-values, -levels[::-1], shares)
        share = (from_below + from_above) / 2
        return np.asarray(ndtri(share.clip(1e-3, 1 - 1e-3)))


def spread(values: np.ndarray) -> float:
    """Standard deviation; 1 for a constant, whose computed deviation may be a rounding error instead of zero."""
    # Numbers that differ by next to nothing may have a deviation of zero all the same.
    return float(values.std()) or 1.0 if values.min() < values.max() else 1.0
