import ast
import multiprocessing
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from functools import partial
from types import SimpleNamespace
from typing import Any

import joblib
import pytest
import torch

from sequence_learning.training.pool import (
    available_cores,
    side_by_side,
    worker_processes,
    workers_beside_others,
    workers_for,
)
from tests.builders import make_training
from tests.processes import living, wait_until_gone

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
    results = side_by_side([partial(told, i) for i in range(4)], [f"fit {i}." for i in range(4)], 3, n_workers, "jobs")
    assert [number for number, _ in results] == [0, 1, 2, 3]
    assert (os.getpid() in {pid for _, pid in results}) == (n_workers == 1)
    shown = capsys.readouterr().out
    for i in range(4):
        assert f"fit {i}." in shown
    assert shown.count("3/3 val ") == 4


@pytest.mark.parametrize("n_workers", [1, 2])
def test_a_failing_fit_fails_them_all_with_its_reason(n_workers: int) -> None:
    with pytest.raises(FloatingPointError, match="the loss must be finite"):
        side_by_side([partial(told, 0), diverges], ["fine", "not"], 3, n_workers, "jobs")


def test_inside_another_pool_fits_run_in_the_same_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(multiprocessing, "parent_process", lambda: SimpleNamespace(pid=os.getppid()))
    assert workers_beside_others(make_training(n_workers=2)) == 1
    results = side_by_side([partial(told, i) for i in range(3)], ["a", "b", "c"], 3, n_workers=2, title="jobs")
    assert results == [(i, os.getpid()) for i in range(3)]


@pytest.mark.skipif(sys.platform != "linux", reason="workers import by themselves elsewhere")
def test_workers_are_forks_of_one_process_that_has_imported_what_fits_need() -> None:
    with worker_processes(2):
        found = joblib.Parallel()(joblib.delayed(_origin)() for _ in range(4))
    parents = {parent for parent, _ in found}
    assert len(parents) == 1
    assert os.getpid() not in parents
    assert all(has_imported for _, has_imported in found)


def _origin() -> tuple[int, bool]:
    return os.getppid(), {"torch", "lightning", "lightgbm"} <= set(sys.modules)


def test_workers_may_keep_freed_memory_but_few_kernels_and_have_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ONEDNN_PRIMITIVE_CACHE_CAPACITY", raising=False)
    with worker_processes(2):
        found = joblib.Parallel()(joblib.delayed(_facts)() for _ in range(2))
    assert found == [(1, 1, sys.maxsize, "64")] * 2


def _facts() -> tuple[int, int, int, str]:
    from joblib.externals.loky import process_executor

    from sequence_learning.training.memory import keep_freed_memory

    kept = keep_freed_memory.cache_info().currsize
    kernels = os.environ["ONEDNN_PRIMITIVE_CACHE_CAPACITY"]
    return torch.get_num_threads(), kept, process_executor._MAX_MEMORY_LEAK_SIZE, kernels


THREADS = """
import joblib
from sequence_learning.training.pool import worker_processes

def threads():
    import lightgbm, numpy, torch
    from threadpoolctl import threadpool_info
    torch.ones(300, 300) @ torch.ones(300, 300)
    return torch.get_num_threads(), *(library["num_threads"] for library in threadpool_info())

if __name__ == "__main__":
    with worker_processes(2):
        print(joblib.Parallel()(joblib.delayed(threads)() for _ in range(2)))
"""


def test_no_library_of_a_worker_has_a_second_thread() -> None:
    # Which a worker would inherit.
    told = {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}
    told["PYTHONPATH"] = os.pathsep.join(sys.path)
    found = ast.literal_eval(subprocess.check_output([sys.executable, "-c", THREADS], env=told, text=True))
    assert len(found) == 2
    assert all(len(threads) > 2 and set(threads) == {1} for threads in found), found


IN_A_POOL = """
import multiprocessing, os, time
from sequence_learning.training.pool import worker_processes

def work():
    with worker_processes(1):
        print(os.getpid(), flush=True)
        time.sleep(120)

if __name__ == "__main__":
    multiprocessing.get_context("fork").Process(target=work).start()
    time.sleep(120)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="forks")
def test_a_process_of_another_pool_ends_with_the_run_that_is_killed() -> None:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    command = [sys.executable, "-c", IN_A_POOL]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, start_new_session=True) as main:
        assert main.stdout is not None
        assert int(main.stdout.readline()) in living(main.pid)
        main.kill()
        wait_until_gone(main.pid, 20)


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


def test_a_gpu_that_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ValueError, match=r"'gpu' needs a GPU .* finds none; .* set training\.accelerator to cpu"):
        workers_for(make_training(accelerator="gpu", n_workers=0))


def test_workers_end_with_their_process_and_say_nothing() -> None:
    code = """
import joblib, numpy
from sequence_learning.training.pool import start_workers, worker_processes
start_workers(2)
large = numpy.zeros(10**6)
with worker_processes(2):
    assert joblib.Parallel()(joblib.delayed(numpy.sum)(large) for _ in range(4)) == [0.0] * 4
    # What stood for it while Lightning was imported is gone.
    looks = "'scipy.signal' in sys.modules, __import__('scipy.signal').signal.windows.hamming(1).tolist()"
    code = f"import sys; assert ({looks}) == (False, [1.0])"
    joblib.Parallel()([joblib.delayed(exec)(code)])
"""
    # Until all that share its output have ended, the process that workers are forks of among them.
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    assert (done.stdout, done.stderr) == ("", "")
