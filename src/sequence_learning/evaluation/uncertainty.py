"""How sure a score, or a difference of two, is: over the test rows and over the seeds."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.special import stdtr, stdtrit

from sequence_learning.evaluation.influence import score_and_influence
from sequence_learning.parameters import Task


@dataclass(frozen=True)
class Scored:
    """One model's scores, and what each unit of the test rows has to do with them.

    Attributes:
        seeds: ascending.
        scores: ``(S,)`` the ranking metric of each seed.
        units: ``(U,)`` what is resampled as a whole, ascending: a row, or all rows of a group.
        influence: ``(S, U)`` of each unit on each seed's score, see :mod:`~sequence_learning.evaluation.influence`.
        lowest: that a score can be.
    """

    seeds: tuple[int, ...]
    scores: np.ndarray
    units: np.ndarray
    influence: np.ndarray
    lowest: float = -np.inf

    @property
    def mean(self) -> float:
        """Over seeds."""
        return float(self.scores.mean())


@dataclass(frozen=True)
class Estimate:
    """A number with its uncertainty.

    Attributes:
        value: the mean over seeds.
        standard_error: over test units and seeds together.
        df: degrees of freedom of ``standard_error``.
        low: lower end of the interval.
        high: upper end.
        p: probability of a value at least that far from zero, on either side, if the truth were zero.
    """

    value: float
    standard_error: float
    df: float
    low: float
    high: float
    p: float


def scored(task: Task, predictions: pd.DataFrame, units: "pd.Series[int]") -> Scored:
    """Score every seed's predictions.

    Args:
        task: chooses the metric.
        predictions: the test rows of one model: ``id``, ``seed``, ``target``, and ``prediction`` or ``p_0``, ``p_1``...
        units: by ``id``, what is resampled together with the row.

    Raises:
        ValueError: if seeds were tested on different rows, a row has no unit, or there are fewer than two units.
    """
    ordered = predictions.sort_values(["seed", "id"])
    seeds, n_rows = np.unique(ordered["seed"], return_counts=True)
    ids = ordered["id"].to_numpy()[: n_rows[0]]
    if not np.array_equal(ordered["id"], np.tile(ids, len(seeds))):
        raise ValueError(
            f"all seeds must be tested on the same rows, but those of {', '.join(map(str, seeds))} differ "
            f"(there are {', '.join(map(str, n_rows))}); predict again with all of them"
        )
    unit = units.reindex(ids)
    if unit.isna().any():
        raise ValueError(
            f"every predicted row needs a unit, but {int(unit.isna().sum())} of {len(unit)} have none; "
            "run the split and the training on the same entities"
        )
    names, codes = np.unique(unit.to_numpy(), return_inverse=True)
    if len(names) < 2:
        raise ValueError(
            f"uncertainty over test rows needs at least 2 independent units, got {len(names)}; "
            "test more rows, or groups (schema.group)"
        )
    predicted = ordered.filter(regex=r"^(prediction|p_\d+)$").to_numpy().reshape(len(seeds), len(ids), -1)
    target = ordered["target"].to_numpy().reshape(len(seeds), len(ids))
    scores, influences = [], []
    for own_target, own in zip(target, predicted, strict=True):
        score, influence = score_and_influence(task, own_target, own[:, 0] if task == "regression" else own)
        scores.append(score)
        influences.append(np.bincount(codes, influence, len(names)) * len(names) / len(ids))
    lowest = -np.inf if task == "regression" else 0.0
    return Scored(tuple(seeds.tolist()), np.array(scores), names, np.stack(influences), lowest)


def estimate(one: Scored, confidence: float = 0.95) -> Estimate:
    """The mean score over seeds, for the population that test units and seeds were drawn from.

    The interval is cut where no score can be: above 1, and below 0 for AUC and accuracy.
    """
    found = _estimate(one.scores, one.influence, confidence)
    return replace(found, low=max(found.low, one.lowest), high=min(found.high, 1.0))


def difference(one: Scored, other: Scored, confidence: float = 0.95) -> Estimate:
    """How far ``one`` is above ``other``, paired over test units and seeds.

    Raises:
        ValueError: if they were not scored on the same units with the same seeds.
    """
    if one.seeds != other.seeds:
        raise ValueError(
            f"models that are compared need the same seeds, got {one.seeds} and {other.seeds}; train both with the same"
        )
    if not np.array_equal(one.units, other.units):
        raise ValueError(
            "models that are compared need the same test rows, but their units differ; predict both on the same split"
        )
    return _estimate(one.scores - other.scores, one.influence - other.influence, confidence)


def holm(p: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """P-values corrected for their number: the chance of any false finding stays below the level.

    Holm, *A simple sequentially rejective multiple test procedure*, 1979, https://www.jstor.org/stable/4615733.

    Args:
        p: ``(N,)``.
        weights: ``(N,)``, positive, and chosen without a look at ``p``: questions of a larger weight are corrected
            less. Equal if not given.
    """
    weights = np.ones(len(p)) if weights is None else weights
    order = np.argsort(p / weights, kind="stable")
    remaining = np.cumsum(weights[order][::-1])[::-1]
    corrected = np.empty(len(p))
    corrected[order] = np.minimum(1.0, np.maximum.accumulate(p[order] / weights[order] * remaining))
    return corrected


def upper_tail(distance: np.ndarray, error: np.ndarray, df: np.ndarray) -> np.ndarray:
    """One-sided p-values of Student's t; without any error (models that predict the same) there is no doubt."""
    certain = np.where(distance == 0, 0.5, (distance < 0).astype(np.float64))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(error == 0, certain, stdtr(df, -distance / error))


def _estimate(scores: np.ndarray, influence: np.ndarray, confidence: float) -> Estimate:
    """Variance of a mean over seeds (rows) crossed with units (columns), both random.

    Analysis of variance without replication: units, seeds and their interaction. What seeds add is their mean square
    less that of the interaction, if positive. Degrees of freedom after Satterthwaite, 1946,
    https://doi.org/10.2307/3002019, and no fewer than seeds have. With one seed, what seeds add is not known and left
    out. With normal effects, 95% intervals of three seeds or more cover 92% to 97%; those of two cover down to 87%
    where seeds matter much more than units.
    """
    value, (n_seeds, n_units) = float(scores.mean()), influence.shape
    by_unit = influence.mean(axis=0)
    variance = units = by_unit.var(ddof=1) / n_units
    df = float(n_units - 1)
    if n_seeds > 1:
        seeds = scores.var(ddof=1) / n_seeds
        rest = influence - influence.mean(axis=1, keepdims=True) - by_unit + by_unit.mean()
        df_rest = (n_seeds - 1) * (n_units - 1)
        interaction = (rest**2).sum() / df_rest / (n_seeds * n_units)
        if seeds > interaction:
            variance = units + seeds - interaction
            parts = units**2 / (n_units - 1) + seeds**2 / (n_seeds - 1) + interaction**2 / df_rest
            df = max(float(n_seeds - 1), variance**2 / parts)
    error = float(np.sqrt(variance))
    reach = float(stdtrit(df, (1 + confidence) / 2)) * error
    p = 2 * float(upper_tail(*np.array([abs(value), error, df])))
    return Estimate(value, error, df, value - reach, value + reach, p)
