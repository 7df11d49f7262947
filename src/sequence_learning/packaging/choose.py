"""Which encoder and which seed go into the bundle."""

import math
from collections.abc import Collection, Mapping
from typing import Any

import pandas as pd

from sequence_learning.inference.no_bundle import NoBundle
from sequence_learning.metrics import ranking_score
from sequence_learning.packaging.parameters import BundleParameters
from sequence_learning.parameters import Task


def best_seed(task: Task, predictions: pd.DataFrame, asked: int | None = None) -> int:
    """The seed with the best score on validation rows; test rows have no say, so their score stays honest.

    Args:
        task: chooses the metric.
        predictions: of one model: ``part``, ``seed``, ``target`` and ``prediction``, or ``p_0``, ``p_1``, ...
        asked: this one instead.

    Raises:
        ValueError: if the seed that was asked for was not trained.
    """
    validation = predictions[predictions["part"] == "validation"]
    scores = {seed: ranking_score(task, validation[validation["seed"] == seed]) for seed in set(validation["seed"])}
    if asked is None:
        # Where a score is not defined (AUC of one class) no seed is better than the first.
        return int(max(sorted(scores), key=lambda seed: -math.inf if math.isnan(scores[seed]) else scores[seed]))
    if asked not in scores:
        raise ValueError(
            f"bundle.seed must be one that was trained, got {asked}; use null for the best on validation rows, or one "
            f"of: {', '.join(map(str, sorted(scores)))}"
        )
    return asked


def choose_encoder(
    decision: Mapping[str, Any], trained: Collection[str], parameters: BundleParameters
) -> str | NoBundle:
    """The encoder to bundle: that of the parameters, or else the decision's.

    Raises:
        ValueError: if an encoder is asked for that the run did not train.
    """
    chosen = parameters.encoder or decision["chosen"]
    if chosen is None:
        return NoBundle(
            "no encoder fits the budget; raise decision.budget, or name an encoder all the same in bundle.encoder"
        )
    if chosen not in trained:
        raise ValueError(
            f"bundle.encoder must be one that was trained, got {chosen!r}; train it, or use one of: "
            f"{', '.join(trained)}"
        )
    return str(chosen)
