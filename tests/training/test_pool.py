import multiprocessing
import os
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import joblib
import pytest
import torch

from sequence_learning.training.pool import available_cores, side_by_side, worker_processes, workers_for
from tests.builders import make_training

OnProgress = Callable[[Mapping[str, Any]], None]


def told(number: int, on_progress: OnProgress) -> tuple[int, int]:
    for step in range(3):
        on_progress({"val_loss": number + step, "seconds": 0.0})
    return number, os.getpid()


def diverges(on_progress: OnProgress) -> tuple[int, int]:
    raise FloatingPointError("the loss must be finite")


@pytest.mark.parametrize("n_workers", [1, 2])
def test_results_come_in_order_and_every_fit_shows_its_progress(
    n_workers: int, capsys: pytest.CaptureFixture[str]
) -> None:
    results = side_by_side([partial(told, i) for i in range(4)], [f"fit {i}." for i in range(4)], 3, n_workers)
    assert [number for number, _ in results] == [0, 1, 2, 3]
    assert (os.getpid() in {pid for _, pid in results}) == (n_workers == 1)
    shown = capsys.readouterr().out
    for i in range(4):
        assert f"fit {i}." in shown
    assert shown.count("3/3 val ") == 4


@pytest.mark.parametrize("n_workers", [1, 2])
def test_a_failing_fit_fails_them_all_with_its_reason(n_workers: int) -> None:
    with pytest.raises(FloatingPointError, match="the loss must be finite"):
        side_by_side([partial(told, 0), diverges], ["fine", "not"], 3, n_workers)


def test_inside_another_pool_fits_run_in_the_same_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(multiprocessing, "parent_process", object)
    results = side_by_side([partial(told, i) for i in range(3)], ["a", "b", "c"], 3, n_workers=2)
    assert results == [(i, os.getpid()) for i in range(3)]


def test_workers_keep_freed_memory_and_have_one_thread() -> None:
    with worker_processes(2):
        found = joblib.Parallel()(joblib.delayed(_facts)() for _ in range(2))
    assert found == [(1, 1)] * 2


def _facts() -> tuple[int, int]:

    from sequence_learning.training.heap import keep_freed_memory

    return torch.get_num_threads(), keep_freed_memory.cache_info().currsize


def test_there_is_at_least_one_core() -> None:
    assert 1 <= available_cores() <= (os.cpu_count() or 1)


@pytest.mark.parametrize(
    ("accelerator", "has_gpu", "workers"),
    [("cpu", True, available_cores()), ("gpu", True, 1), ("auto", True, 1), ("auto", False, available_cores())],
)
def test_fits_share_a_gpu_and_have_a_core_each(
    accelerator: str, has_gpu: bool, workers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: has_gpu)
    assert workers_for(make_training(accelerator=accelerator, n_workers=0)) == workers
    assert workers_for(make_training(accelerator=accelerator, n_workers=3)) == 3
