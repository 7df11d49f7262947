"""How much each test row moves a score: the influence function of every ranking metric."""

from collections.abc import Callable

import numpy as np

from sequence_learning.evaluation.ranks import ranks_of
from sequence_learning.parameters import Task

#: Score and influence ``(N,)`` from a target ``(N,)`` and predictions ``(N,)`` or probabilities ``(N, C)``.
Influence = Callable[[np.ndarray, np.ndarray], tuple[float, np.ndarray]]


def score_and_influence(task: Task, target: np.ndarray, predicted: np.ndarray) -> tuple[float, np.ndarray]:
    """The ranking metric of the task, and the influence of each row on it.

    The influence of a row is the derivative of the score with respect to the weight of the row, times the number of
    rows. It has mean zero, and the score's sampling variance is the variance of its mean (Hampel, *The Influence Curve
    and Its Role in Robust Estimation*, 1974, https://doi.org/10.1080/01621459.1974.10482962).

    Args:
        task: chooses the metric: R², area under the ROC curve, accuracy.
        target: ``(N,)``; the index of the class, or a number.
        predicted: ``(N,)`` for regression, else probabilities ``(N, C)``.

    Returns:
        The score, and ``(N,)``; NaN where the score is not defined on these rows (one class alone, a constant target).
    """
    return _INFLUENCES[task](np.asarray(target, dtype=np.float64), np.asarray(predicted, dtype=np.float64))


def _r2(target: np.ndarray, predicted: np.ndarray) -> tuple[float, np.ndarray]:
    if np.ptp(target) == 0:
        return float("nan"), np.full(len(target), np.nan)
    squared_error, squared_distance = (target - predicted) ** 2, (target - target.mean()) ** 2
    spread = squared_distance.mean()
    unexplained = squared_error.mean() / spread
    return float(1 - unexplained), -(squared_error - unexplained * squared_distance) / spread


def _auc(target: np.ndarray, predicted: np.ndarray) -> tuple[float, np.ndarray]:
    """A row's part is the share of the other class that it stands on the right side of.

    DeLong et al., 1988, https://doi.org/10.2307/2531595; by ranks: Sun & Xu, 2014,
    https://doi.org/10.1109/LSP.2014.2337313.
    """
    positive, score = target == 1, predicted[:, 1]
    n, n_positive = len(target), int(positive.sum())
    if n_positive in {0, n}:
        return float("nan"), np.full(n, np.nan)
    among_all = ranks_of(score)
    right = np.empty(n)
    right[positive] = (among_all[positive] - ranks_of(score[positive])) / (n - n_positive)
    right[~positive] = 1 - (among_all[~positive] - ranks_of(score[~positive])) / n_positive
    auc = right[positive].mean()
    return float(auc), (right - auc) * np.where(positive, n / n_positive, n / (n - n_positive))


def _accuracy(target: np.ndarray, predicted: np.ndarray) -> tuple[float, np.ndarray]:
    right = (predicted.argmax(axis=1) == target).astype(np.float64)
    return float(right.mean()), right - right.mean()


_INFLUENCES: dict[Task, Influence] = {"regression": _r2, "binary": _auc, "multiclass": _accuracy}
