from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sequence_learning.baselines.boosting import BoostingConfig, LightGbmOrderFree
from sequence_learning.baselines.parameters import BaselineParameters
from sequence_learning.evaluation.blind_to_time import fit_blind_to_time
from sequence_learning.evaluation.parameters import LadderParameters
from sequence_learning.features.alterations import without_times
from sequence_learning.features.model_input import ModelInput
from sequence_learning.fits.configuration import Configuration, configure
from sequence_learning.fits.store import FitStore
from sequence_learning.metrics import score
from sequence_learning.parameters import EncoderParameters, ModelParameters, TrainingParameters
from sequence_learning.training.checkpoint import CheckpointConfig
from sequence_learning.training.fit import fit
from sequence_learning.training.predict import original_target, predict
from tests.builders import make_model_input, make_training

MODEL = ModelParameters(d_tabular=8, d_head=8)
GRU = EncoderParameters(name="gru", hidden_size=4)
TREES = BaselineParameters(name="lightgbm_order_free", n_rounds=20)


def configured(training: TrainingParameters, *models: EncoderParameters | BaselineParameters) -> list[Configuration]:
    return list(configure({one.name: one for one in models}, MODEL, training).values())


def timed(**changes: Any) -> ModelInput:
    """The last of three channels says all that there is to know, and is made of times."""
    data = make_model_input(ages=True, **changes)
    return replace(data, spec=data.spec.model_copy(update={"n_time_channels": 1}))


def test_validation_and_test_rows_are_predicted_with_every_seed(model_input: ModelInput, tmp_path: Path) -> None:
    data = timed(task=model_input.target_spec.task)
    ids = np.arange(len(data)) + 500
    training = make_training(seeds=(3, 4))
    predictions, failed = fit_blind_to_time(
        data, configured(training, GRU, TREES), training, ids, FitStore(tmp_path), {}
    )
    assert failed.empty
    assert list(predictions) == ["gru_blind_to_time", "lightgbm_order_free_blind_to_time"]
    for table in predictions.values():
        n_classes = len(data.target_spec.classes)
        columns = [f"p_{k}" for k in range(n_classes)] if n_classes else ["prediction"]
        assert list(table.columns) == ["id", "part", "target", "seed", *columns]
        for part in ("validation", "test"):
            rows = data.rows(part)
            for seed in (3, 4):
                own = table[(table["part"] == part) & (table["seed"] == seed)]
                assert own["id"].tolist() == (rows + 500).tolist()
                np.testing.assert_array_equal(own["target"], original_target(data, rows))
        assert len(table) == 2 * (len(data.rows("validation")) + len(data.rows("test")))


def test_models_are_those_of_the_same_training_without_times(tmp_path: Path) -> None:
    data, training = timed(n_rows=200), make_training(seeds=(3,))
    ids, models = np.arange(len(data)), configured(training, GRU, TREES)
    predictions, _ = fit_blind_to_time(data, models, training, ids, FitStore(tmp_path), {})
    blind, rows = without_times(data), data.rows("test")
    config = CheckpointConfig(seed=3, encoder=GRU, model=MODEL, spec=blind.spec, target_spec=blind.target_spec)
    expected = {
        "gru_blind_to_time": predict(fit(blind, config, training).checkpoint.load_model(), blind, rows),
        "lightgbm_order_free_blind_to_time": LightGbmOrderFree.fit(blind, BoostingConfig(n_rounds=20), 3)[0].predict(
            blind, rows
        ),
    }
    for name, columns in expected.items():
        own = predictions[name].query("part == 'test'")
        np.testing.assert_array_equal(own["prediction"], columns["prediction"])


def test_times_are_not_seen(tmp_path: Path) -> None:
    data = timed(n_rows=600)
    last = data.values[:, 2].copy()
    per_row = np.array([last[a:b].sum() for a, b in zip(data.offsets, data.offsets[1:], strict=False)])
    data = replace(data, target=(per_row / per_row.std()).astype(np.float32))
    trees, _ = LightGbmOrderFree.fit(data, BoostingConfig(n_rounds=150), 0)
    rows = data.rows("test")
    models = configured(make_training(), BaselineParameters(name="lightgbm_order_free"))
    predictions, _ = fit_blind_to_time(data, models, make_training(), np.arange(len(data)), FitStore(tmp_path), {})
    table = predictions["lightgbm_order_free_blind_to_time"].query("part == 'test'")
    seeing = table.assign(prediction=trees.predict(data, rows)["prediction"])
    assert score("regression", table)["r2"] < 0.2
    assert score("regression", seeing)["r2"] > 0.7


@pytest.mark.parametrize("ages", [False, True])
def test_nothing_is_trained_where_no_channel_is_made_of_times(ages: bool, tmp_path: Path) -> None:
    data = make_model_input(ages=ages)
    models, ids = configured(make_training(), GRU), np.arange(len(data))
    predictions, failed = fit_blind_to_time(data, models, make_training(), ids, FitStore(tmp_path), {})
    assert not predictions
    assert failed.empty
    assert not list(tmp_path.iterdir())


def test_encoders_that_weigh_by_time_are_left_out(tmp_path: Path) -> None:
    in_time = EncoderParameters(name="learned_decay", unit="time", shortest=1, longest=9)
    data = timed()
    models, ids = configured(make_training(), TREES, in_time), np.arange(len(data))
    found, _ = fit_blind_to_time(data, models, make_training(), ids, FitStore(tmp_path), {})
    assert list(found) == ["lightgbm_order_free_blind_to_time"]


def test_a_model_of_which_a_fit_fails_is_left_out_and_told(tmp_path: Path) -> None:
    data, training = timed(), make_training(learning_rate=1e30)
    models, ids = configured(training, GRU, TREES), np.arange(len(data))
    found, failed = fit_blind_to_time(data, models, training, ids, FitStore(tmp_path), {})
    assert list(found) == ["lightgbm_order_free_blind_to_time"]
    assert failed["model"].tolist() == ["gru_blind_to_time"]


def test_a_model_is_named_once() -> None:
    with pytest.raises(ValueError, match=r"may name each model once, got \['gru', 'gru'\]; remove the repetition"):
        LadderParameters(blind_to_time=("gru", "gru"))
