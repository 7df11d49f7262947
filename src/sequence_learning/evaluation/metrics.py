"""Scores of predictions, through scikit-learn."""

import numpy as np
import pandas as pd
from sklearn import metrics

from sequence_learning.parameters import Task

#: Metrics by task. The first ranks; larger is better for it.
METRICS: dict[Task, tuple[str, ...]] = {
    "regression": ("r2", "rmse", "mae"),
    "binary": ("auc", "average_precision", "accuracy", "log_loss"),
    "multiclass": ("accuracy", "auc", "f1", "log_loss"),
}


def score(task: Task, predictions: pd.DataFrame) -> dict[str, float]:
    """All metrics of one set of predictions.

    Args:
        task: chooses the metrics.
        predictions: ``target`` beside ``prediction`` (regression), or the class index beside ``p_0``, ``p_1``, ...

    Returns:
        The values of :data:`METRICS`; with several classes, AUC (one against the rest) and F1 are macro means. A
        metric that is undefined on these rows (AUC where a class is absent) is NaN.
    """
    target = predictions["target"].to_numpy()
    if task == "regression":
        return _regression(target, predictions["prediction"].to_numpy())
    probabilities = predictions.filter(regex=r"^p_\d+$").to_numpy()
    return _binary(target, probabilities) if task == "binary" else _multiclass(target, probabilities)


def _regression(target: np.ndarray, prediction: np.ndarray) -> dict[str, float]:
    return {
        "r2": float(metrics.r2_score(target, prediction)),
        "rmse": float(metrics.root_mean_squared_error(target, prediction)),
        "mae": float(metrics.mean_absolute_error(target, prediction)),
    }


def _binary(target: np.ndarray, probabilities: np.ndarray) -> dict[str, float]:
    positive = probabilities[:, 1]
    both = len(np.unique(target)) == 2
    return {
        "auc": float(metrics.roc_auc_score(target, positive)) if both else float("nan"),
        "average_precision": float(metrics.average_precision_score(target, positive)) if both else float("nan"),
        "accuracy": float(metrics.accuracy_score(target, positive > 0.5)),
        "log_loss": float(metrics.log_loss(target, probabilities, labels=[0, 1])),
    }


def _multiclass(target: np.ndarray, probabilities: np.ndarray) -> dict[str, float]:
    classes = np.arange(probabilities.shape[1])
    label = probabilities.argmax(axis=1)
    every = len(np.unique(target)) == len(classes)
    auc = metrics.roc_auc_score(target, probabilities, multi_class="ovr", labels=classes) if every else np.nan
    return {
        "accuracy": float(metrics.accuracy_score(target, label)),
        "auc": float(auc),
        "f1": float(metrics.f1_score(target, label, average="macro", labels=classes, zero_division=0)),
        "log_loss": float(metrics.log_loss(target, probabilities, labels=classes)),
    }
