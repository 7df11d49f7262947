"""Small draws of tasks with known truth, and their signals recomputed from the tables, entity by entity."""

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pandas as pd

from sequence_learning.tasks.base import KnownTruth, KnownTruthTask
from sequence_learning.tasks.parameters import TaskParameters
from sequence_learning.tasks.sequences import Sequences


def make_task(name: str, **options: Any) -> KnownTruthTask:
    """A small task; its shortest sequences are as short as it allows."""
    values = {"num_samples": 400, "min_length": 2 if name == "long_range_pair" else 0, "max_length": 9}
    return TaskParameters.model_validate({"name": name} | values | options).build()


def draw(name: str, **options: Any) -> KnownTruth:
    return make_task(name, **options).generate()


def lengths_of(truth: KnownTruth) -> pd.Series:
    return truth.events.groupby("id").size().reindex(truth.entities["id"], fill_value=0)


def recomputed(truth: KnownTruth, of_one: Callable[[pd.Series, pd.DataFrame], float]) -> np.ndarray:
    """``of_one(entity, its events from the oldest on)`` of every entity."""
    groups = dict(list(truth.events.sort_values(["id", "step"]).groupby("id")))
    none = truth.events.iloc[:0]
    return np.array([of_one(entity, groups.get(entity["id"], none)) for _, entity in truth.entities.iterrows()])


def standardised(signal: np.ndarray, noise: float = 0.1) -> np.ndarray:
    """The best prediction of a regression target when nothing is missing, from the signal in any units."""
    return in_units_of(signal, noise)(signal)


def weighted_mean(values: list[float], weights: list[float]) -> float:
    total = sum(weights)
    return sum(w * v for w, v in zip(weights, values, strict=True)) / total if total else 0.0


def rows_of(sequences: Sequences, rows: np.ndarray) -> Sequences:
    values = {field.name: getattr(sequences, field.name) for field in fields(sequences)}
    return replace(sequences, **{name: value[rows] for name, value in values.items() if value is not None})


def in_units_of(task_signal: np.ndarray, noise: float = 0.1) -> Callable[[np.ndarray], np.ndarray]:
    """Turns other values in the signal's units into those of the best prediction."""
    mean, factor = task_signal.mean(), np.sqrt(1 - noise) / task_signal.std()
    return lambda values: (values - mean) * factor
