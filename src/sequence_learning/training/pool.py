"""Worker processes, one per core with one thread each: the one place where that is set."""

import multiprocessing
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from typing import Any, TypeVar

import joblib
from joblib.externals.loky import get_reusable_executor, process_executor
from joblib.externals.loky.backend.context import set_start_method

from sequence_learning.atomic import is_alive
from sequence_learning.parameters import TrainingParameters
from sequence_learning.training.memory import prepare_memory
from sequence_learning.training.progress import report_end, show_progress, tell

Result = TypeVar("Result")

#: Seconds that a worker which is ready waits for the others.
_LONGEST_START = 120.0

#: Takes a record with ``val_loss`` and ``seconds``, for the progress bar.
OnProgress = Callable[[Mapping[str, Any]], None]

_SECONDS_BETWEEN_LOOKS = 0.5


def side_by_side(
    jobs: Sequence[Callable[[OnProgress], Result]], titles: list[str], n_steps: int, n_workers: int, title: str
) -> list[Result]:
    """Run jobs in worker processes, with a progress bar for each; one that fails fails them all.

    Inside a worker of someone else's pool (Kedro's ``ParallelRunner``) jobs run one after the other: that pool
    fills the cores already.

    Args:
        jobs: each calls its argument after every step with a record of it.
        titles: of their bars.
        n_steps: steps of a job, at most.
        n_workers: processes, at most; 0 means one per core.
        title: of the bar of all jobs.

    Returns:
        What the jobs return, in their order.
    """
    n_workers = 1 if multiprocessing.parent_process() else n_workers or available_cores()
    with tempfile.TemporaryDirectory() as folder:
        told = [joblib.delayed(_run_and_tell)(job, Path(folder, f"{i}.jsonl")) for i, job in enumerate(jobs)]
        with show_progress(Path(folder), titles, [n_steps] * len(jobs), title), worker_processes(n_workers):
            results: list[Result] = joblib.Parallel()(told)
    return results


@contextmanager
def worker_processes(n_workers: int) -> Iterator[None]:
    """Let ``joblib.Parallel`` use so many processes, which stay for the next use of as many; one is this process."""
    parent = multiprocessing.parent_process()  # of ParallelRunner, which does not end its workers if it is killed
    if parent is not None:
        _watch(parent.pid)
    _fork_from_one(parent is None and sys.platform == "linux")
    begin = {"initializer": _begin_worker, "initargs": (os.getpid(),)}
    # No files for large arguments: the process that would count who uses them is not known to forks of another one.
    with joblib.parallel_config("loky", n_jobs=n_workers, max_nbytes=None, inner_max_num_threads=1, **begin):
        yield


def _fork_from_one(wanted: bool) -> None:
    """Whether workers are forks of one process that has imported what they need, or import it each for themselves.

    Forks are safe of a process that computes nothing; macOS has libraries that bear none. A fork of this process, which
    may have such a server already, cannot use that.
    """
    multiprocessing.set_forkserver_preload(["sequence_learning.training.fork_server"])
    set_start_method("forkserver" if wanted else "loky", force=True)


def start_workers(n_workers: int) -> None:
    """Let so many processes import what fits need, and wait for them: later uses of as many find them ready."""
    with tempfile.TemporaryDirectory() as folder, worker_processes(n_workers):
        jobs = [joblib.delayed(_get_ready)(Path(folder), i, n_workers) for i in range(n_workers)]
        joblib.Parallel(batch_size=1, pre_dispatch="all")(jobs)


def end_workers() -> None:
    """End processes that are not used any more, whatever they are doing."""
    get_reusable_executor().shutdown(wait=False, kill_workers=True)


def _begin_worker(main: int) -> None:
    prepare_memory()
    # Loky would replace a worker that holds much more than after its first fit; these keep what they freed on purpose.
    process_executor._MAX_MEMORY_LEAK_SIZE = sys.maxsize
    _watch(main)


@cache
def _watch(main: int | None) -> None:
    """End this process as soon as the one that it works for is gone: another run may have taken up its work."""
    threading.Thread(target=_end_with, args=(main,), daemon=True).start()


def _end_with(main: int) -> None:
    while is_alive(main):
        time.sleep(_SECONDS_BETWEEN_LOOKS)
    os._exit(1)


def workers_for(training: TrainingParameters) -> int:
    """How many fits run side by side: as many as asked for, else one per core, or one on a GPU, which they share."""
    if training.n_workers:
        return training.n_workers
    from sequence_learning.training.precision import on_gpu

    return 1 if on_gpu(training) else available_cores()


def workers_beside_others(training: TrainingParameters) -> int:
    """As :func:`workers_for`, of a node that ``ParallelRunner`` runs beside others: one inside its pool."""
    return 1 if multiprocessing.parent_process() else workers_for(training)


def available_cores() -> int:
    """Cores this process may use."""
    return int(joblib.cpu_count())


def _get_ready(folder: Path, number: int, n_workers: int) -> None:
    """Import, then wait for the others: a worker that is done would take the place of one that has not started."""
    import sequence_learning.training.worker  # noqa: F401

    (folder / str(number)).touch()
    started = time.monotonic()
    while len(list(folder.iterdir())) < n_workers and time.monotonic() - started < _LONGEST_START:
        time.sleep(0.01)


def _run_and_tell(job: Callable[[OnProgress], Result], progress: Path) -> Result:
    try:
        return job(partial(tell, progress))
    finally:
        report_end(progress)
