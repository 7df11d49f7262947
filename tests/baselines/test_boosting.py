import re
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest

from sequence_learning.baselines.base import Round
from sequence_learning.baselines.boosting import (
    AggregatesConfig,
    Boosting,
    BoostingConfig,
    LightGbmAggregates,
    LightGbmLength,
    LightGbmOrderFree,
    LightGbmTabular,
)
from sequence_learning.features.model_input import ModelInput
from sequence_learning.metrics import METRICS, score
from sequence_learning.parameters import Task
from sequence_learning.training.predict import original_target
from tests.builders import TASKS, make_model_input

#: The ranking metric of a model that knows nothing.
NOTHING = {"regression": 0.0, "binary": 0.5, "multiclass": 0.34}


@pytest.fixture(scope="module")
def data() -> ModelInput:
    return make_model_input(n_rows=1000)


@pytest.fixture(scope="module")
def noise(data: ModelInput) -> ModelInput:
    """Nothing can be learned here but the training rows by heart."""
    return replace(data, target=np.random.default_rng(1).normal(size=len(data)).astype(np.float32))


def scored(fitted: Boosting, data: ModelInput, part: str = "test") -> float:
    rows = data.rows(part)
    table = pd.DataFrame({"target": original_target(data, rows)} | fitted.predict(data, rows))
    task: Task = data.target_spec.task
    return score(task, table)[METRICS[task][0]]


@pytest.mark.parametrize("task", TASKS)
def test_trees_learn_from_features_and_more_from_sequences(task: Task) -> None:
    data = make_model_input(task, n_rows=1000)
    tabular = scored(LightGbmTabular.fit(data, BoostingConfig(), 0)[0], data)
    aggregates = scored(LightGbmAggregates.fit(data, AggregatesConfig(), 0)[0], data)
    assert NOTHING[task] + 0.05 < tabular < aggregates - 0.1


@pytest.mark.parametrize(
    ("signal", "knowing"),
    [
        (len, [LightGbmLength, LightGbmOrderFree, LightGbmAggregates]),
        (np.sum, [LightGbmOrderFree, LightGbmAggregates]),
        (lambda x: x[-1:].sum(), [LightGbmAggregates]),
    ],
    ids=["length", "contents", "order"],
)
def test_trees_learn_what_their_summaries_hold(signal: Any, knowing: list[type[Boosting]]) -> None:
    data = make_model_input(lengths=[6, 1, 3, 8, 0, 2] * 200)
    channel = np.take(data.values, 0, axis=1)
    target = np.array([signal(channel[a:b]) for a, b in pairwise(data.offsets)])
    data = replace(data, target=((target - target.mean()) / target.std()).astype(np.float32))
    for cls in (LightGbmTabular, LightGbmLength, LightGbmOrderFree, LightGbmAggregates):
        r2 = scored(cls.fit(data, cls.config_class.model_validate({"n_rounds": 150}), 0)[0], data)
        assert r2 > 0.9 if cls in knowing else r2 < 0.5


def test_another_seed_gives_other_trees(data: ModelInput) -> None:
    config = AggregatesConfig(n_rounds=20)
    first, second = (LightGbmAggregates.fit(data, config, seed)[0] for seed in (0, 1))
    assert first.trees != second.trees


def test_rounds_are_told_and_returned(data: ModelInput) -> None:
    told: list[Round] = []
    _, rounds = LightGbmTabular.fit(data, BoostingConfig(n_rounds=30), 3, told.append)
    assert told == rounds
    assert [(record["seed"], record["round"]) for record in rounds] == [(3, i) for i in range(30)]
    losses = [record["train_loss_by_round"] for record in rounds]
    assert losses == sorted(losses, reverse=True)


def test_fitting_stops_when_the_validation_loss_no_longer_falls(noise: ModelInput) -> None:
    _, rounds = LightGbmTabular.fit(noise, BoostingConfig(patience=5), 0)
    best = int(np.argmin([record["val_loss_by_round"] for record in rounds]))
    assert len(rounds) == best + 1 + 5


@pytest.mark.parametrize("task", TASKS)
def test_the_trees_are_those_up_to_the_best_round_and_losses_are_the_encoders(task: Task) -> None:
    data = make_model_input(task, n_rows=500)
    fitted, rounds = LightGbmAggregates.fit(data, AggregatesConfig(n_rounds=200, patience=20), 0)
    best = min(record["val_loss_by_round"] for record in rounds)
    rows = data.rows("validation")
    predicted = fitted.predict(data, rows)
    if task == "regression":
        loss = np.square((predicted["prediction"] - original_target(data, rows)) / data.target_spec.std).mean()
    else:
        probabilities = np.stack(list(predicted.values()), axis=1)
        loss = -np.log(probabilities[np.arange(len(rows)), data.target[rows].astype(int)]).mean()
    assert loss == pytest.approx(best, rel=1e-5)


def test_codes_are_categories(data: ModelInput) -> None:
    effect = np.array([3.0, -1.0, 2.0, -2.0, 1.0])  # no order of the codes is of use
    by_code = replace(data, target=effect[data.categorical[:, 1]].astype(np.float32))
    config = BoostingConfig(n_rounds=1, num_leaves=2, learning_rate=1.0, lambda_l2=0.0, feature_fraction=1.0)
    assert scored(LightGbmTabular.fit(by_code, config, 0)[0], by_code) > 0.6
    fitted, _ = LightGbmAggregates.fit(by_code, AggregatesConfig(n_rounds=1, last_k=2), 0)
    (names,) = re.findall(r"feature_names=(.*)", fitted.trees)
    assert names.split()[:5] == ["numeric_0", "numeric_1", "categorical_0", "categorical_1", "steps"]
    assert names.split()[-2:] == ["code_0_back_0", "code_0_back_1"]


def test_an_unknown_code_is_no_error(data: ModelInput) -> None:
    known = replace(data, categorical=data.categorical.clip(1), codes=data.codes.clip(1))
    unknown = replace(data, categorical=data.categorical * 0, codes=data.codes * 0)
    fitted, _ = LightGbmAggregates.fit(known, AggregatesConfig(n_rounds=20), 0)
    assert np.isfinite(fitted.predict(unknown, np.arange(50))["prediction"]).all()


def test_tabular_trees_do_not_look_at_sequences(data: ModelInput) -> None:
    config = BoostingConfig(n_rounds=20)
    without = replace(data, values=np.zeros_like(data.values), codes=np.zeros_like(data.codes))
    assert LightGbmTabular.fit(without, config, 0)[0] == LightGbmTabular.fit(data, config, 0)[0]
