"""Searches that take no time, and real ones that take little."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from sequence_learning.features.model_input import ModelInput
from sequence_learning.fits.configuration import Configuration, configure
from sequence_learning.parameters import ModelParameters
from sequence_learning.tuning import TUNABLE
from sequence_learning.tuning.objective import OnStep, Outcome, Step
from sequence_learning.tuning.parameters import SearchSpaces, TuningParameters
from sequence_learning.tuning.plan import Search, plan_searches
from tests.builders import make_model_input, make_training

SPACES = SearchSpaces.model_validate(
    {
        "encoders": {"training": {"learning_rate": {"kind": "float", "low": 0.001, "high": 0.1, "log": True}}},
        "baselines": {"baseline": {"num_leaves": {"kind": "int", "low": 2, "high": 12}}},
        "models": {
            "gru": {
                "encoder": {
                    "hidden_size": {"kind": "int", "low": 4, "high": 12, "step": 4},
                    "read_out": {"kind": "choice", "values": ["last", "mean"]},
                }
            },
            "statistical_aggregation": {
                "encoder": {"statistics": {"kind": "choice", "values": [["mean"], ["mean", "max"]]}}
            },
        },
    }
)
ENCODERS: dict[str, Any] = {
    "statistical_aggregation": {"name": "statistical_aggregation", "statistics": ["mean"]},
    "gru": {"name": "gru", "hidden_size": 8},
}
BASELINES: dict[str, Any] = {"lightgbm_tabular": {"name": "lightgbm_tabular", "n_rounds": 20}}


def make_tuning(**changes: Any) -> TuningParameters:
    return TuningParameters.model_validate(
        {"trials": 6, "cpu_seconds": 1000, "searches": 1, "random_trials": 2, "prune_after": 1} | changes
    )


def configured(encoders: dict[str, Any] | None = None, **training: Any) -> dict[str, Configuration]:
    blocks = {name: block for name, block in ((encoders or ENCODERS) | BASELINES).items() if name in TUNABLE}
    return configure(blocks, ModelParameters(d_tabular=8, d_head=8), make_training(**training))


def make_plan(
    model_input: ModelInput | None = None, spaces: SearchSpaces = SPACES, *models: str, **tuning: Any
) -> list[Search]:
    given = {"models": models} if models else {}
    return plan_searches(model_input or make_model_input(), make_tuning(**given, **tuning), spaces, configured())


def make_search(model: str = "gru", **tuning: Any) -> Search:
    """Without looking at any model, which would import PyTorch."""
    from sequence_learning.tuning.space import space_of

    return Search(configured()[model], space_of(SPACES, model), seed=0, tuning=make_tuning(**tuning), data="rows")


@dataclass
class FakeFit:
    """In place of ``evaluate``: epochs that pass by a clock, whose scores follow the learning rate.

    Attributes:
        now: the clock, in CPU-seconds.
        epochs: of each fit.
        seconds: of each epoch.
        before: called before each epoch with trial and epoch, counted from 0.
        merit: of an epoch, from the learning rate and the epoch.
    """

    now: float = 0.0
    epochs: int = 4
    seconds: float = 1.0
    before: Callable[[int, int], None] = lambda trial, epoch: None
    merit: Callable[[float, int], float] = lambda rate, epoch: 1 - abs(math.log10(rate) + 2) / 4 - 1 / (epoch + 2)
    rates: list[float] = field(default_factory=list)

    def clock(self) -> float:
        return self.now

    def __call__(self, model_input: Any, configuration: Any, seed: int, on_step: OnStep) -> Outcome:
        rate = configuration.training.learning_rate
        self.rates.append(rate)
        for epoch in range(self.epochs):
            self.before(len(self.rates) - 1, epoch)
            self.now += self.seconds
            on_step(Step(epoch, self.merit(rate, epoch), 1 - self.merit(rate, epoch)))
        return Outcome(self.merit(rate, self.epochs), 1 - self.merit(rate, self.epochs))


def with_other_test_rows(model_input: ModelInput) -> ModelInput:
    """All that belongs to test rows is nonsense."""
    rows = model_input.rows("test")
    events = model_input.events_of(rows)
    values, numeric, target = (np.array(a) for a in (model_input.values, model_input.numeric, model_input.target))
    codes, categorical = np.array(model_input.codes), np.array(model_input.categorical)
    values[events], numeric[rows], target[rows] = 1e6, np.nan, np.nan
    codes[events], categorical[rows] = 0, 0
    return replace(model_input, values=values, numeric=numeric, target=target, codes=codes, categorical=categorical)
