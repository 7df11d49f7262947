"""Scores of predictions, through scikit-learn."""

import re
from collections.abc import Callable, Mapping
from functools import cache
from types import ModuleType

import numpy as np
import pandas as pd

from sequence_learning.parameters import Task

_BINS = 15


def calibration_error(probability: np.ndarray, outcome: np.ndarray) -> float:
    """Expected calibration error (Guo et al., 2017, https://arxiv.org/abs/1706.04599), as torchmetrics has it.

    In 15 bins of equal width, the absolute difference between the mean predicted probability and the share of
    outcomes, averaged over rows. Written out, because torchmetrics takes seconds to import.

    Args:
        probability: ``(N,)``, in 0 to 1.
        outcome: ``(N,)``, whether it happened.
    """
    bins = np.minimum((probability * _BINS).astype(int), _BINS - 1)
    return float(np.abs(np.bincount(bins, probability - outcome)).sum() / len(probability))


def score(task: Task, predictions: pd.DataFrame) -> dict[str, float]:
    """All metrics of one set of predictions.

    Args:
        task: chooses the metrics.
        predictions: ``target`` beside ``prediction`` (regression), or the class index beside ``p_0``, ``p_1``, ...

    Returns:
        The values of :data:`METRICS`. F1 is a macro mean, as are, of several classes, AUC (one against the rest) and
        average precision; balanced accuracy is the macro mean of recall. The Brier score is the mean squared
        difference of the positive class's probability, from 0 to 1; of several classes it is the mean over rows of
        the squares' sum over classes, from 0 to 2, which is scikit-learn's scale. The calibration error is that of
        the positive class's probability; of several classes, that of the most probable one. A metric that is undefined
        on these rows (AUC where a class is absent) is NaN.
    """
    target, predicted = _arrays(task, predictions)
    return {name: metric(target, predicted) for name, metric in _SCORERS[task].items()}


def ranking_score(task: Task, predictions: pd.DataFrame | Mapping[str, np.ndarray]) -> float:
    """The first of the task's :data:`METRICS` alone, of a table as in :func:`score`, or of its columns."""
    return _SCORERS[task][METRICS[task][0]](*_arrays(task, predictions))


@cache
def _sklearn() -> ModuleType:
    """scikit-learn's metrics, which take seconds to import: commands that score nothing do without."""
    from sklearn import metrics

    return metrics  # type: ignore[no-any-return]


def _arrays(task: Task, predictions: pd.DataFrame | Mapping[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """The target ``(N,)`` and what was predicted: ``(N,)``, or probabilities ``(N, C)``."""
    target = np.asarray(predictions["target"])
    if task == "regression":
        return target, np.asarray(predictions["prediction"])
    classes = [name for name in map(str, predictions) if re.fullmatch(r"p_\d+", name)]
    return target, np.column_stack([predictions[name] for name in classes])


def _all_classes(target: np.ndarray, probabilities: np.ndarray) -> bool:
    return bool(len(np.unique(target)) == probabilities.shape[1])


def _classes(probabilities: np.ndarray) -> np.ndarray:
    return np.arange(probabilities.shape[1])


def _label(probabilities: np.ndarray) -> np.ndarray:
    """The most probable class, the first of several."""
    label: np.ndarray = probabilities.argmax(axis=1)
    return label


def _auc(target: np.ndarray, probabilities: np.ndarray) -> float:
    if not _all_classes(target, probabilities):
        return float("nan")
    if probabilities.shape[1] == 2:
        return float(_sklearn().roc_auc_score(target, probabilities[:, 1]))
    return float(_sklearn().roc_auc_score(target, probabilities, multi_class="ovr"))


def _average_precision(target: np.ndarray, probabilities: np.ndarray) -> float:
    if not _all_classes(target, probabilities):
        return float("nan")
    if probabilities.shape[1] == 2:
        return float(_sklearn().average_precision_score(target, probabilities[:, 1]))
    return float(_sklearn().average_precision_score(target, probabilities))


def _accuracy(target: np.ndarray, probabilities: np.ndarray) -> float:
    return float(_sklearn().accuracy_score(target, _label(probabilities)))


def _balanced_accuracy(target: np.ndarray, probabilities: np.ndarray) -> float:
    if not _all_classes(target, probabilities):
        return float("nan")
    return float(_sklearn().balanced_accuracy_score(target, _label(probabilities)))


def _f1(target: np.ndarray, probabilities: np.ndarray) -> float:
    labels = _classes(probabilities)
    return float(_sklearn().f1_score(target, _label(probabilities), average="macro", labels=labels, zero_division=0))


def _log_loss(target: np.ndarray, probabilities: np.ndarray) -> float:
    return float(_sklearn().log_loss(target, probabilities, labels=_classes(probabilities)))


def _brier(target: np.ndarray, probabilities: np.ndarray) -> float:
    return float(_sklearn().brier_score_loss(target, probabilities, labels=_classes(probabilities)))


def _calibration_error(target: np.ndarray, probabilities: np.ndarray) -> float:
    if probabilities.shape[1] == 2:
        return calibration_error(probabilities[:, 1], target == 1)
    return calibration_error(probabilities.max(axis=1), _label(probabilities) == target)


_Scorers = dict[str, Callable[[np.ndarray, np.ndarray], float]]
_SCORERS: dict[Task, _Scorers] = {
    "regression": {
        "r2": lambda target, prediction: float(_sklearn().r2_score(target, prediction)),
        "rmse": lambda target, prediction: float(_sklearn().root_mean_squared_error(target, prediction)),
        "mae": lambda target, prediction: float(_sklearn().mean_absolute_error(target, prediction)),
    },
    "binary": {
        "auc": _auc,
        "average_precision": _average_precision,
        "accuracy": _accuracy,
        "f1": _f1,
        "log_loss": _log_loss,
        "brier": _brier,
        "calibration_error": _calibration_error,
    },
    "multiclass": {
        "accuracy": _accuracy,
        "balanced_accuracy": _balanced_accuracy,
        "auc": _auc,
        "average_precision": _average_precision,
        "f1": _f1,
        "log_loss": _log_loss,
        "brier": _brier,
        "calibration_error": _calibration_error,
    },
}
#: Metrics by task. The first ranks; larger is better for it.
METRICS: dict[Task, tuple[str, ...]] = {task: tuple(scorers) for task, scorers in _SCORERS.items()}
