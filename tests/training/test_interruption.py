"""A training that was interrupted and goes on ends as one that was not."""

import math
from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sequence_learning.dataloaders import create_dataloaders
from sequence_learning.encoders import ENCODERS
from sequence_learning.parameters import ModelParameters, TrainingParameters
from sequence_learning.training import loop, state
from sequence_learning.training.checkpoint import CheckpointConfig
from sequence_learning.training.fit import FitResult, fit
from sequence_learning.training.loop import TrainingLoop
from sequence_learning.training.state import EpochRecord, load_state
from tests.builders import make_config, make_model_input, make_training

N_EPOCHS = 3
#: Two batches of eleven training rows, of which some are so long that they are cut off; two rows are left out.
DATA = make_model_input(lengths=[0, 1, 150, 3, 4, 5, 6, 0, 1, 2] * 4)
VARIANTS: list[dict[str, Any]] = [
    {"schedule": schedule, "ema_decay": ema_decay} for schedule in ("cosine", "plateau") for ema_decay in (0.0, 0.9)
] + [{"keep": "last", "decay": "all"}]


class Interrupted(Exception):  # noqa: N818 - no fault of anybody
    """The job was stopped."""


def config_of(encoder: str, backbone: str = "mlp") -> CheckpointConfig:
    config = make_config(DATA, encoder)
    options = {"d_tabular": 8, "d_head": 8, "dropout": 0.5, "backbone": backbone, "n_members": 2}
    return config.model_copy(update={"model": ModelParameters.model_validate(options)})


def training_of(variant: dict[str, Any], **changes: Any) -> TrainingParameters:
    return make_training(max_epochs=N_EPOCHS, learning_rate=0.05, batch_size=11, **variant, **changes)


@cache
def undisturbed(encoder: str, variant: int, backbone: str = "mlp") -> FitResult:
    return fit(DATA, config_of(encoder, backbone), training_of(VARIANTS[variant]))


def interrupt_after(epoch: int) -> Callable[[EpochRecord], None]:
    def hear(record: EpochRecord) -> None:
        if record["epoch"] == epoch:
            raise Interrupted

    return hear


def assert_identical(first: FitResult, second: FitResult) -> None:
    """To the last bit, in all but time."""
    for name in ("epoch", "train_loss", "val_loss", "val_score", "seed"):
        np.testing.assert_array_equal([r[name] for r in first.history], [r[name] for r in second.history])  # type: ignore[literal-required]
    assert first.costs["kept_epoch"] == second.costs["kept_epoch"]
    assert first.checkpoint.config == second.checkpoint.config
    assert first.checkpoint.weights.keys() == second.checkpoint.weights.keys()
    for name, weight in first.checkpoint.weights.items():
        assert weight.tobytes() == second.checkpoint.weights[name].tobytes()


def interrupted(epochs: list[int], encoder: str, variant: int, backbone: str = "mlp") -> FitResult:
    arguments = DATA, config_of(encoder, backbone), training_of(VARIANTS[variant])
    with TemporaryDirectory() as folder:
        file = Path(folder) / "state.safetensors"
        for epoch in epochs:
            with pytest.raises(Interrupted):
                fit(*arguments, interrupt_after(epoch), file)
            torch.manual_seed(epoch)  # another process would have another state
            torch.rand(7)
        return fit(*arguments, state_file=file)


@pytest.mark.parametrize("encoder", ENCODERS)
@given(
    epochs=st.sets(st.integers(0, N_EPOCHS - 1), min_size=1, max_size=2).map(sorted),
    variant=st.integers(0, len(VARIANTS) - 1),
)
@settings(max_examples=2)
def test_a_training_that_goes_on_ends_as_one_that_was_not_interrupted(
    encoder: str, epochs: list[int], variant: int
) -> None:
    assert_identical(interrupted(epochs, encoder, variant), undisturbed(encoder, variant))


@pytest.mark.parametrize("variant", range(len(VARIANTS)))
def test_whatever_the_schedule_and_the_average_an_ensemble_goes_on_too(variant: int) -> None:
    assert_identical(interrupted([0, 1], "gru", variant, "tabm"), undisturbed("gru", variant, "tabm"))


def test_batches_are_cut_in_trainings_that_pad() -> None:
    loader = create_dataloaders(DATA, 11, layout="bucketed")["train"]
    assert [len(buckets) for buckets in loader] == [2, 2]


def test_the_variants_train_differently() -> None:
    histories = {tuple(r["val_loss"] for r in undisturbed("gru", i).history) for i in range(len(VARIANTS))}
    assert len(histories) == len(VARIANTS)


@pytest.mark.parametrize("variant", range(len(VARIANTS)))
@pytest.mark.parametrize("where", ["training", "validation", "saving"])
def test_an_epoch_that_was_not_finished_is_trained_again(
    where: str, variant: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments, file = (DATA, config_of("gru"), training_of(VARIANTS[variant])), tmp_path / "state.safetensors"
    calls = 0
    owner, name = {
        "training": (loop.TrainingLoop, "_learning_rate"),  # asked in each of two steps an epoch
        "validation": (loop.TrainingLoop, "_validate"),
        "saving": (state, "save_file"),
    }[where]
    original = getattr(owner, name)

    def fail_in_the_third_epoch(*arguments: Any, **options: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == (6 if where == "training" else 3):
            raise Interrupted
        return original(*arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(owner, name, fail_in_the_third_epoch)
        with pytest.raises(Interrupted):
            fit(*arguments, state_file=file)
    assert list(tmp_path.iterdir()) == [file]
    told: list[EpochRecord] = []
    result = fit(*arguments, told.append, file)
    assert_identical(result, undisturbed("gru", variant))
    assert told == result.history


def test_a_training_that_has_ended_is_not_trained_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    arguments, file = (DATA, config_of("gru"), training_of(VARIANTS[1])), tmp_path / "state.safetensors"
    first = fit(*arguments, state_file=file)
    monkeypatch.delattr(loop.TrainingLoop, "epoch")
    again = fit(*arguments, state_file=file)
    assert_identical(again, first)
    assert again.costs == first.costs
    assert again.history == first.history


def test_patience_counts_on(tmp_path: Path) -> None:
    arguments = DATA, config_of("gru"), training_of({}, patience=2).model_copy(update={"max_epochs": 30})
    expected, file = fit(*arguments), tmp_path / "state.safetensors"
    assert len(expected.history) < 30
    with pytest.raises(Interrupted):
        fit(*arguments, interrupt_after(len(expected.history) - 2), file)
    assert_identical(fit(*arguments, state_file=file), expected)


def test_time_goes_on_where_it_stood(tmp_path: Path) -> None:
    arguments, file = (DATA, config_of("gru"), training_of({})), tmp_path / "state.safetensors"
    before: list[EpochRecord] = []
    with pytest.raises(Interrupted):
        fit(*arguments, lambda record: before.append(record) or interrupt_after(1)(record), file)
    result = fit(*arguments, state_file=file)
    assert result.history[:2] == before
    seconds = [record["seconds"] for record in result.history]
    assert seconds == sorted(seconds)
    assert result.costs["fit_seconds"] == seconds[-1]
    assert result.costs["samples_per_second"] == pytest.approx(N_EPOCHS * 22 / seconds[-1])


def test_a_training_that_diverges_stays_an_error_from_where_it_did(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[int] = []
    validate = TrainingLoop._validate

    def diverges(loop: TrainingLoop) -> tuple[float, float]:
        return validate(loop) if loop.progress.epoch < 2 else (math.nan, math.nan)

    monkeypatch.setattr(TrainingLoop, "_validate", diverges)
    for _ in range(2):
        with pytest.raises(FloatingPointError, match=r"^gru, seed 0: the validation loss must be finite, got nan"):
            fit(
                DATA,
                config_of("gru"),
                training_of({}),
                lambda record: told.append(record["epoch"]),
                tmp_path / "state.safetensors",
            )
    assert told == [0, 1, 0, 1]
    assert len(load_state(tmp_path / "state.safetensors")[1].history) == 2


def test_without_a_file_nothing_is_stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    fit(DATA, config_of("gru"), training_of({}))
    assert list(tmp_path.iterdir()) == []


def test_a_state_that_cannot_be_read_is_told_and_training_begins_anew(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "broken.state"
    file.write_bytes(b"")
    arguments = DATA, config_of("tabular_only"), training_of(VARIANTS[0])
    assert_identical(fit(*arguments, state_file=file), undisturbed("tabular_only", 0))
    assert "broken.state cannot be read" in caplog.text
