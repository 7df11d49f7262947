import multiprocessing
import os

import pytest

from sequence_learning.features.model_input import ModelInput
from sequence_learning.training import pool
from sequence_learning.training.checkpoint import CheckpointConfig
from sequence_learning.training.fit import FitResult, fit
from sequence_learning.training.pool import available_cores, fit_all
from tests.builders import make_config, make_model_input, make_training
from tests.training.test_fit import assert_identical


@pytest.fixture(scope="module")
def data() -> ModelInput:
    return make_model_input()


@pytest.fixture(scope="module")
def configs(data: ModelInput) -> list[CheckpointConfig]:
    return [make_config(data, "gru", 4), make_config(data, "transformer", 1), make_config(data, "cnn", 4)]


@pytest.fixture(scope="module")
def one_by_one(data: ModelInput, configs: list[CheckpointConfig]) -> list[FitResult]:
    return [fit(data, config, make_training()) for config in configs]


@pytest.mark.parametrize("n_workers", [1, 2])
def test_results_come_in_order_and_do_not_depend_on_the_workers(
    data: ModelInput, configs: list[CheckpointConfig], one_by_one: list[FitResult], n_workers: int
) -> None:
    results = fit_all(data, configs, make_training(n_workers=n_workers))
    assert [result.checkpoint.config for result in results] == configs
    for result, expected in zip(results, one_by_one, strict=True):
        assert_identical(result, expected)


@pytest.mark.parametrize("n_workers", [1, 2])
def test_a_failing_fit_fails_them_all_with_its_reason(
    data: ModelInput, configs: list[CheckpointConfig], n_workers: int
) -> None:
    # Which of them fails first is a matter of luck.
    message = r"^(gru, seed 4|transformer, seed 1|cnn, seed 4): .* lower training.learning_rate$"
    with pytest.raises(FloatingPointError, match=message):
        fit_all(data, configs, make_training(learning_rate=1e30, n_workers=n_workers))


def test_progress_of_every_fit_is_shown(
    data: ModelInput, configs: list[CheckpointConfig], capsys: pytest.CaptureFixture[str]
) -> None:
    fit_all(data, configs[:2], make_training(max_epochs=3))
    shown = capsys.readouterr().out
    assert "gru seed 4" in shown
    assert "transformer seed 1" in shown
    assert shown.count("3/3 val ") == 2


def test_inside_another_pool_fits_run_in_the_same_process(
    data: ModelInput, configs: list[CheckpointConfig], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(multiprocessing, "parent_process", object)
    monkeypatch.setattr(pool, "fit", lambda *arguments: os.getpid())
    assert fit_all(data, configs, make_training(n_workers=2)) == [os.getpid()] * 3


def test_there_is_at_least_one_core() -> None:
    assert 1 <= available_cores() <= (os.cpu_count() or 1)
