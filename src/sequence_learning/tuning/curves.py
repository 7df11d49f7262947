"""The best validation score after so many trials, and after so many CPU-seconds."""

import numpy as np
import pandas as pd

from sequence_learning.tuning.intervals import half_width
from sequence_learning.tuning.parameters import TuningParameters

_POINTS = 30


def best_after(trials: pd.DataFrame, tuning: TuningParameters) -> pd.DataFrame:
    """Means over searches, with a 95% t-interval.

    A search that has ended keeps its best. Where some search has no score yet, there is no mean.

    Args:
        trials: as :func:`~sequence_learning.tuning.measure.measure` gives them.
        tuning: the budget.

    Returns:
        ``model``; ``by``, ``trials`` or ``cpu_seconds``; ``used``, how many; ``best``, ``low``, ``high``; ``searches``.
    """
    tables = []
    for model, own in trials.groupby("model", sort=False):
        seconds = np.linspace(0, max(tuning.cpu_seconds, _longest(own)), _POINTS + 1)[1:]
        for by, points in (("trials", np.arange(1, tuning.trials + 1)), ("cpu_seconds", seconds)):
            each = [_best_of(search, by, points) for _, search in own.groupby("search")]
            tables.append(_means(np.array(each), points).assign(model=model, by=by))
    columns = ["model", "by", "used", "best", "low", "high", "searches"]
    return pd.concat(tables, ignore_index=True)[columns] if tables else pd.DataFrame(columns=columns)


def _longest(own: pd.DataFrame) -> float:
    """CPU-seconds of the search that used most; the last trial may have gone beyond the budget."""
    return float(own.groupby("search")["cpu_seconds"].sum().max())


def _best_of(search: pd.DataFrame, by: str, points: np.ndarray) -> np.ndarray:
    """Best score of one search at each point; NaN before the first."""
    # An interrupted trial was repeated: it is no trial, but its seconds are gone.
    cost = search["cpu_seconds"] if by == "cpu_seconds" else (search["state"] != "interrupted").astype(float)
    used, best = cost.cumsum().to_numpy(), search["score"].cummax().ffill().to_numpy(dtype=float)
    # What rounding leaves between a sum and the grid's last point must not hide the last trial.
    ended = np.searchsorted(used, points * (1 + 1e-9), side="right")
    return np.concatenate([[np.nan], best])[ended]


def _means(each: np.ndarray, points: np.ndarray) -> pd.DataFrame:
    """Of ``(searches, points)``, where every search has a score."""
    rows = []
    for point, values in zip(points, each.T, strict=True):
        if np.isfinite(values).all():
            mean, half = float(values.mean()), half_width(pd.Series(values))
            rows.append(
                {"used": float(point), "best": mean, "low": mean - half, "high": mean + half, "searches": len(values)}
            )
    return pd.DataFrame(rows, columns=["used", "best", "low", "high", "searches"])
