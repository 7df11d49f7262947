import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from sequence_learning.encoders import ENCODERS
from sequence_learning.features.model_input import ModelInput
from sequence_learning.metrics import ranking_score
from sequence_learning.parameters import Task
from sequence_learning.training.fit import FitResult, fit
from sequence_learning.training.loop import TrainingLoop
from sequence_learning.training.predict import original_target, predict, raw_outputs
from sequence_learning.training.state import EpochRecord
from tests.builders import make_config, make_model_input, make_training
from tests.features.streams import in_shards

Losses = list[tuple[int, float, float]]


def losses(result: FitResult) -> Losses:
    return [(record["epoch"], record["train_loss"], record["val_loss"]) for record in result.history]


def assert_identical(first: FitResult, second: FitResult) -> None:
    assert losses(first) == losses(second)
    assert first.checkpoint.weights.keys() == second.checkpoint.weights.keys()
    for name, weight in first.checkpoint.weights.items():
        np.testing.assert_array_equal(weight, second.checkpoint.weights[name])


@pytest.fixture(autouse=True)
def two_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def data() -> ModelInput:
    return make_model_input()


@pytest.fixture(scope="module")
def noise() -> ModelInput:
    """Nothing can be learned here but the training rows by heart."""
    data = make_model_input()
    return replace(data, target=np.random.default_rng(3).normal(size=len(data)).astype(np.float32))


@pytest.fixture(scope="module")
def overfitted(noise: ModelInput) -> FitResult:
    return fit(noise, make_config(noise), make_training(max_epochs=30, patience=30, learning_rate=0.05))


@pytest.mark.parametrize("encoder", ENCODERS)
def test_the_same_arguments_give_the_same_result_whatever_ran_before(data: ModelInput, encoder: str) -> None:
    config, training = make_config(data, encoder), make_training()
    torch.manual_seed(99)
    first = fit(data, config, training)
    torch.manual_seed(1)
    np.random.seed(1)  # noqa: NPY002
    torch.set_num_threads(1)
    assert_identical(fit(data, config, training), first)


@pytest.mark.parametrize("ages", [False, True])
def test_features_in_shards_train_as_in_memory_if_a_window_holds_them_and_learn_in_any_case(
    tmp_path: Path, ages: bool
) -> None:
    data = make_model_input(n_rows=200, ages=ages)
    sharded, windowed = (in_shards(data, tmp_path / f"{events}.safetensors", 7, events) for events in (1_000_000, 130))
    config, training = make_config(data, "learned_decay" if ages else "gru"), make_training(max_epochs=6)
    result = fit(data, config, training)
    assert_identical(fit(sharded, config, training), result)
    rows = data.rows("test")[::-1]
    model = result.checkpoint.load_model()
    expected = raw_outputs(model, data, rows)
    torch.testing.assert_close(raw_outputs(model, sharded, rows), expected, rtol=0, atol=0)
    torch.testing.assert_close(raw_outputs(model, windowed, rows), expected)
    found = fit(windowed, config, training)
    assert losses(found) != losses(result)
    assert found.history[-1]["train_loss"] < 0.8 * found.history[0]["train_loss"]
    assert found.history[-1]["val_loss"] == pytest.approx(result.history[-1]["val_loss"], rel=0.5)


def test_another_seed_gives_another_result(data: ModelInput) -> None:
    first, second = (fit(data, make_config(data, seed=seed), make_training()) for seed in (0, 1))
    assert losses(first) != losses(second)
    assert first.checkpoint.config.seed == first.costs["seed"] == first.history[0]["seed"] == 0
    assert second.checkpoint.config.seed == second.costs["seed"] == second.history[0]["seed"] == 1


def test_every_kind_of_target_is_learned(model_input: ModelInput) -> None:
    result = fit(model_input, make_config(model_input), make_training(max_epochs=8, learning_rate=0.05))
    assert result.history[-1]["train_loss"] < result.history[0]["train_loss"]


def test_the_weights_are_those_of_the_best_epoch_and_not_of_the_last(overfitted: FitResult, noise: ModelInput) -> None:
    val_losses = [record["val_loss"] for record in overfitted.history]
    best = overfitted.costs["kept_epoch"]
    assert best == int(np.argmin(val_losses))
    assert val_losses[-1] > val_losses[best] * 1.5
    rows = noise.rows("validation")
    error = predict(overfitted.checkpoint.load_model(), noise, rows)["prediction"] - original_target(noise, rows)
    # Twelve rows in batches of eight: the loss of an epoch is a mean over rows and not over batches.
    assert np.square(error / noise.target_spec.std).mean() == pytest.approx(val_losses[best], rel=1e-5)


@pytest.mark.parametrize("ema_decay", [0.0, 0.9])
@pytest.mark.parametrize("keep", ["best", "last"])
def test_the_score_of_the_kept_epoch_is_that_of_the_weights_that_are_kept(
    model_input: ModelInput, keep: str, ema_decay: float
) -> None:
    training = make_training(max_epochs=4, learning_rate=0.05, ema_decay=ema_decay, keep=keep)
    result = fit(model_input, make_config(model_input), training)
    rows, task = model_input.rows("validation"), model_input.target_spec.task
    columns = predict(result.checkpoint.load_model(), model_input, rows)
    kept = ranking_score(task, pd.DataFrame({"target": original_target(model_input, rows)} | columns))
    scores = [record["val_score"] for record in result.history]
    assert scores[result.costs["kept_epoch"]] == pytest.approx(kept)
    assert len(set(scores)) > 1
    if keep == "last":
        assert result.costs["kept_epoch"] == 3


# Not every processor can train an LSTM in bf16.
@pytest.mark.parametrize("encoder", sorted(set(ENCODERS) - {"lstm"}))
def test_training_in_16_bits_leaves_weights_and_validation_in_32(data: ModelInput, encoder: str) -> None:
    config = make_config(data, encoder)
    result, in_32 = (fit(data, config, make_training(precision=precision)) for precision in ("bf16", "32"))
    assert (result.costs["precision"], in_32.costs["precision"]) == (16, 32)
    assert {array.dtype for array in result.checkpoint.weights.values() if array.ndim} == {np.dtype(np.float32)}
    train_losses, expected = ([record["train_loss"] for record in each.history] for each in (result, in_32))
    assert train_losses != expected
    assert train_losses == pytest.approx(expected, rel=0.1)
    rows = data.rows("validation")
    output = raw_outputs(result.checkpoint.load_model(), data, rows)[:, 0].numpy()
    lowest = result.history[result.costs["kept_epoch"]]["val_loss"]
    assert np.square(output - data.target[rows]).mean() == pytest.approx(lowest, rel=1e-5)


def test_averaging_weights_changes_what_is_validated_and_not_what_is_trained(data: ModelInput) -> None:
    latest, averaged, hardly = (
        fit(data, make_config(data), make_training(max_epochs=4, ema_decay=decay)) for decay in (0.0, 0.9, 1e-9)
    )
    train_losses = [[record["train_loss"] for record in each.history] for each in (latest, averaged, hardly)]
    assert train_losses[0] == train_losses[1] == train_losses[2]
    assert latest.costs["kept_epoch"] == averaged.costs["kept_epoch"] == hardly.costs["kept_epoch"] == 3
    for name, weight in latest.checkpoint.weights.items():
        np.testing.assert_allclose(hardly.checkpoint.weights[name], weight, rtol=1e-5, atol=1e-6)
        if weight.ndim == 2:
            assert not np.allclose(averaged.checkpoint.weights[name], weight, rtol=1e-3)
    assert [r["val_loss"] for r in averaged.history] != pytest.approx([r["val_loss"] for r in latest.history], rel=1e-3)


def test_balanced_weights_find_more_rows_of_a_rare_class() -> None:
    data = make_model_input("binary", 1000, lengths=[1] * 1000)
    hidden = data.numeric.sum(axis=1) + np.random.default_rng(5).normal(size=1000)
    rare = replace(data, target=(hidden > np.quantile(hidden, 0.95)).astype(np.float32))
    rows = rare.rows("test")

    def recall(class_weights: str) -> float:
        training = make_training(max_epochs=5, batch_size=32, learning_rate=0.02, class_weights=class_weights)
        model = fit(rare, make_config(rare, "tabular_only"), training).checkpoint.load_model()
        found = predict(model, rare, rows)["p_1"] > 0.5
        return float(found[rare.target[rows] == 1].mean())

    assert recall("balanced") > 0.7
    assert recall("none") < 0.5


def test_huber_is_less_led_astray_by_gross_outliers() -> None:
    data = make_model_input(n_rows=1000, lengths=[1] * 1000)
    clean = data.numeric.sum(axis=1)
    raw = np.where(np.random.default_rng(6).random(1000) < 0.05, clean + 50, clean)
    held_out = data.part != 0
    raw[held_out] = clean[held_out]
    train = raw[~held_out]
    spec = data.target_spec.model_copy(update={"mean": float(train.mean()), "std": float(train.std())})
    outliers = replace(data, target=((raw - spec.mean) / spec.std).astype(np.float32), target_spec=spec)
    rows = outliers.rows("test")

    def error(loss: str) -> float:
        training = make_training(max_epochs=5, batch_size=32, learning_rate=0.02, loss=loss)
        model = fit(outliers, make_config(outliers, "tabular_only"), training).checkpoint.load_model()
        return float(np.abs(predict(model, outliers, rows)["prediction"] - clean[rows]).mean())

    assert error("huber") < 0.7 * error("standard")


@pytest.mark.parametrize(
    ("task", "changes", "message"),
    [
        ("regression", {"loss": "focal"}, "focal and training.class_weights are for classes, got a regression target"),
        ("binary", {"loss": "huber"}, "huber is for numbers, got classes as target; use standard or focal"),
    ],
)
def test_a_loss_that_is_none_for_the_target_is_refused(task: Task, changes: dict[str, str], message: str) -> None:
    data = make_model_input(task)
    with pytest.raises(ValueError, match=message):
        fit(data, make_config(data), make_training(**changes))


def test_a_validation_part_of_one_class_has_no_auc_and_trains_all_the_same() -> None:
    data = make_model_input("binary")
    one_class = replace(data, target=np.where(data.part == 1, 0, data.target).astype(np.float32))
    result = fit(one_class, make_config(one_class), make_training())
    assert np.isnan([record["val_score"] for record in result.history]).all()


def test_training_stops_when_the_validation_loss_no_longer_falls(noise: ModelInput) -> None:
    result = fit(noise, make_config(noise), make_training(max_epochs=40, patience=2, learning_rate=0.05))
    assert len(result.history) == result.costs["kept_epoch"] + 1 + 2 < 40


def test_costs_describe_the_model_and_the_training(overfitted: FitResult) -> None:
    model = overfitted.checkpoint.load_model()
    costs = overfitted.costs
    assert costs["parameters"] == sum(p.numel() for p in model.parameters())
    assert costs["encoder_parameters"] == sum(p.numel() for p in model.encoder.parameters()) > 0
    assert costs["epochs"] == len(overfitted.history) == 30
    seconds = [record["seconds"] for record in overfitted.history]
    assert 0 < seconds[0] < seconds[-1] == costs["fit_seconds"]
    assert seconds == sorted(seconds)
    # 36 training rows in batches of eight; the last, incomplete one is left out.
    assert costs["samples_per_second"] == pytest.approx(30 * 32 / costs["fit_seconds"])


def test_an_encoder_without_parameters_costs_none(data: ModelInput) -> None:
    costs = fit(data, make_config(data, "tabular_only"), make_training(max_epochs=1)).costs
    assert costs["encoder_parameters"] == 0 < costs["parameters"]


def test_progress_is_told_once_per_epoch(data: ModelInput) -> None:
    told: list[EpochRecord] = []
    result = fit(data, make_config(data), make_training(max_epochs=3), told.append)
    assert told == result.history
    assert [record["epoch"] for record in told] == [0, 1, 2]


@pytest.mark.parametrize(
    ("losses", "message"),
    [
        ({"_validate": (float("inf"), 0.5)}, "the validation loss must be finite, got inf in epoch 1"),
        ({"_train": float("nan")}, "the training loss must be finite, got nan in epoch 1"),
    ],
)
def test_a_training_that_diverges_later_is_an_error_too(
    losses: dict[str, object], message: str, data: ModelInput, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[EpochRecord] = []

    def diverge(record: EpochRecord) -> None:
        told.append(record)
        for name, result in losses.items():
            monkeypatch.setattr(TrainingLoop, name, lambda self, result=result: result)

    with pytest.raises(FloatingPointError, match=message):
        fit(data, make_config(data), make_training(max_epochs=5), diverge)
    assert [record["epoch"] for record in told] == [0]


def test_a_training_that_diverges_is_an_error(data: ModelInput) -> None:
    with pytest.raises(FloatingPointError, match=r"^gru, seed 3: .* must be finite, .* lower training.learning_rate$"):
        fit(data, make_config(data, seed=3), make_training(learning_rate=1e30))


def test_the_number_of_threads_is_left_as_it_was(data: ModelInput) -> None:
    during: list[int] = []
    fit(data, make_config(data), make_training(), lambda record: during.append(torch.get_num_threads()))
    assert set(during) == {1}
    assert torch.get_num_threads() == 2


def test_the_number_of_threads_is_left_as_it_was_after_an_error(data: ModelInput) -> None:
    def fail(record: EpochRecord) -> None:
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="the disk is full"):
        fit(data, make_config(data), make_training(), fail)
    assert torch.get_num_threads() == 2


@pytest.mark.parametrize(
    "name",
    [
        "lightning.pytorch.utilities.rank_zero",
        "lightning.fabric.utilities.rank_zero",
        # MLflow imports this twin of Lightning, whose logger then takes the messages of both.
        "pytorch_lightning.utilities.rank_zero",
    ],
)
def test_lightning_says_nothing_in_training(
    data: ModelInput, name: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    logger = logging.getLogger(name)
    monkeypatch.setattr("lightning_utilities.core.rank_zero.log", logger)
    caplog.set_level(logging.INFO)
    logger.addHandler(caplog.handler)
    try:
        fit(data, make_config(data), make_training())
    finally:
        logger.removeHandler(caplog.handler)
    assert caplog.messages == []
