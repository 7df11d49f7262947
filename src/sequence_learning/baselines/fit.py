"""One fit of a baseline, and what it leaves behind."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypedDict

import numpy as np

from sequence_learning.baselines import baseline_class
from sequence_learning.baselines.base import Baseline, Round
from sequence_learning.baselines.parameters import BaselineParameters
from sequence_learning.features.model_input import ModelInput


class BaselineCosts(TypedDict):
    """What one fit took, under the names of an encoder's costs; NaN where a baseline has none.

    ``epochs`` counts rounds and ``kept_epoch`` is the round with the lowest validation loss, from 0; ``fit_seconds``
    include the making of the table. ``samples_per_second`` is NaN: a round of boosting is no pass over rows as an
    epoch is; so is ``precision``.
    """

    seed: int
    parameters: float
    encoder_parameters: float
    epochs: float
    kept_epoch: float
    fit_seconds: float
    samples_per_second: float
    precision: float


@dataclass(frozen=True)
class BaselineFit:
    """What a fit leaves behind."""

    baseline: Baseline
    rounds: list[Round]
    costs: BaselineCosts


def fit_baseline(
    model_input: ModelInput,
    parameters: BaselineParameters,
    seed: int,
    on_progress: Callable[[Mapping[str, Any]], None] = lambda record: None,
) -> BaselineFit:
    """Fit one baseline; ``on_progress`` hears of every round's ``val_loss`` and of the ``seconds`` until then."""
    started = time.perf_counter()

    def tell(record: Round) -> None:
        on_progress({"val_loss": record["val_loss_by_round"], "seconds": time.perf_counter() - started})

    baseline, rounds = baseline_class(parameters.name).fit(model_input, parameters.config, seed, tell)
    return BaselineFit(
        baseline=baseline,
        rounds=rounds,
        costs=BaselineCosts(
            seed=seed,
            parameters=np.nan,
            encoder_parameters=np.nan,
            epochs=len(rounds) or np.nan,
            kept_epoch=float(np.argmin([r["val_loss_by_round"] for r in rounds])) if rounds else np.nan,
            fit_seconds=time.perf_counter() - started,
            samples_per_second=np.nan,
            precision=np.nan,
        ),
    )
