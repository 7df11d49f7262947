import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sequence_learning import source_code
from sequence_learning.encoders import ENCODERS
from sequence_learning.features.model_input import ModelInput
from sequence_learning.fits.encoder_job import EncoderJob, read_fit, write_fit
from sequence_learning.fits.job import key_of
from sequence_learning.parameters import EncoderParameters, TrainingParameters
from sequence_learning.training.fit import FitResult, fit
from tests.builders import make_config, make_training
from tests.training.test_fit import assert_identical


def job(data: ModelInput, encoder: str = "gru", seed: int = 0, **training: Any) -> EncoderJob:
    return EncoderJob(make_config(data, encoder, seed), make_training(**training))


def test_it_says_which_model_and_how_long(regression_input: ModelInput) -> None:
    found = job(regression_input, "lstm", 7, max_epochs=9)
    assert (found.model, found.seed, found.n_steps) == ("lstm", 7, 9)


#: Another value than the builder's of every training parameter.
CHANGES = {
    "max_epochs": 3,
    "patience": 6,
    "batch_size": 9,
    "learning_rate": 0.02,
    "warm_up": 0.2,
    "schedule": "plateau",
    "weight_decay": 0.02,
    "decay": "all",
    "gradient_clip": 2.0,
    "ema_decay": 0.9,
    "keep": "last",
    "loss": "huber",
    "focal_gamma": 1.0,
    "class_weights": "balanced",
    "precision": "bf16",
    "accelerator": "auto",
}
NO_MATTER = {
    "seeds": (0, 1, 2),
    "n_workers": 7,
    "backend": "ray",
    "cluster": {"cpus_per_fit": 2, "retries": 0, "seconds_between_copies": 1.0},
}


def test_every_training_parameter_changes_the_key_but_other_seeds_and_workers(regression_input: ModelInput) -> None:
    assert {*CHANGES, *NO_MATTER} == set(TrainingParameters.model_fields)
    before = key_of(job(regression_input), regression_input)
    for name, value in CHANGES.items():
        assert key_of(job(regression_input, **{name: value}), regression_input) != before, name
    for name, value in NO_MATTER.items():
        assert key_of(job(regression_input, **{name: value}), regression_input) == before, name


def test_model_encoder_and_seed_change_the_key(regression_input: ModelInput) -> None:
    config = make_config(regression_input)
    others = [
        config.model_copy(update={"seed": 1}),
        config.model_copy(update={"model": config.model.model_copy(update={"d_head": 9})}),
        config.model_copy(update={"encoder": EncoderParameters(name="gru", hidden_size=5)}),
        config.model_copy(update={"spec": config.spec.model_copy(update={"n_time_channels": 1})}),
        config.model_copy(update={"target_spec": config.target_spec.model_copy(update={"std": 3.0})}),
    ]
    keys = {key_of(EncoderJob(one, make_training()), regression_input) for one in (config, *others)}
    assert len(keys) == 1 + len(others)


@pytest.fixture
def changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, regression_input: ModelInput
) -> Iterator[Callable[[str], set[str]]]:
    """The encoders whose keys change with a line at the end of a file."""
    copy = tmp_path / "sequence_learning"
    shutil.copytree(source_code._PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(source_code, "_PACKAGE", copy)
    monkeypatch.setattr(source_code, "syntax", str)  # quick: which files count is asked here, not what in them

    def keys() -> dict[str, str]:
        source_code.fingerprint.cache_clear()
        source_code._syntax_of.cache_clear()
        return {name: key_of(job(regression_input, name), regression_input) for name in ("gru", "lstm", "cnn")}

    def change(file: str) -> set[str]:
        before = keys()
        with (copy / file).open("a") as opened:
            opened.write("\nX = 1\n")
        after = keys()
        return {name for name in before if before[name] != after[name]}

    yield change
    source_code.fingerprint.cache_clear()
    source_code._syntax_of.cache_clear()


def test_the_code_of_a_fit_changes_the_key_and_that_of_other_encoders_does_not(
    changed: Callable[[str], set[str]],
) -> None:
    assert changed("encoders/cnn.py") == {"cnn"}
    assert changed("encoders/recurrent.py") == {"gru", "lstm"}
    for file in ("encoders/base.py", "model.py", "training/loop.py", "dataloaders.py", "training/state.py"):
        assert changed(file) == {"gru", "lstm", "cnn"}, file
    for file in ("encoders/transformer.py", "baselines/boosting.py", "fits/queue.py", "evaluation/ladder.py"):
        assert changed(file) == set(), file


@pytest.mark.parametrize("encoder", ["gru", "tabular_only"])
def test_a_fit_comes_back_as_it_was_written(model_input: ModelInput, tmp_path: Path, encoder: str) -> None:
    assert encoder in ENCODERS
    result = fit(model_input, make_config(model_input, encoder), make_training(ema_decay=0.9))
    write_fit(tmp_path / "a.fit", result)
    kept = read_fit(tmp_path / "a.fit")
    assert_identical(kept, result)
    assert kept.checkpoint.config == result.checkpoint.config
    assert (kept.history, kept.costs) == (result.history, result.costs)


def test_a_score_that_is_not_a_number_stays_one(regression_input: ModelInput, tmp_path: Path) -> None:
    result = fit(regression_input, make_config(regression_input), make_training(max_epochs=1))
    record = {**result.history[0], "val_score": float("nan"), "train_loss": float("inf")}
    write_fit(tmp_path / "a.fit", FitResult(result.checkpoint, [record], result.costs))  # type: ignore[list-item]
    kept = read_fit(tmp_path / "a.fit").history[0]
    assert np.isnan(kept["val_score"])
    assert kept["train_loss"] == float("inf")


def test_the_state_is_there_until_the_fit_has_ended(regression_input: ModelInput, tmp_path: Path) -> None:
    file, state = tmp_path / "a.fit", tmp_path / "a.state"
    found: list[tuple[bool, bool]] = []
    job(regression_input, max_epochs=3).run(
        regression_input, file, state, lambda record: found.append((file.exists(), state.exists()))
    )
    assert found == [(False, True)] * 3
    assert [path.name for path in tmp_path.iterdir()] == ["a.fit"]


def test_a_fit_goes_on_from_its_state_and_ends_as_if_never_interrupted(
    regression_input: ModelInput, tmp_path: Path
) -> None:
    file, state = tmp_path / "a.fit", tmp_path / "a.state"
    long = job(regression_input, max_epochs=4, ema_decay=0.9, schedule="plateau")
    told: list[int] = []

    def stop(record: Any) -> None:
        told.append(record["epoch"])
        if len(told) in {2, 5}:
            raise KeyboardInterrupt

    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            long.run(regression_input, file, state, stop)
        assert not file.exists()
    long.run(regression_input, file, state, lambda record: told.append(record["epoch"]))
    assert told == [0, 1, 0, 1, 2, 0, 1, 2, 3]  # what is known already is told again
    assert_identical(read_fit(file), fit(regression_input, long.config, long.parameters))
    assert not state.exists()
