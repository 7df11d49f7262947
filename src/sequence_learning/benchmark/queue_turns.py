"""All fits as one queue on all cores."""

import tempfile
import time
from dataclasses import asdict
from pathlib import Path

import joblib

from sequence_learning.benchmark.case import Case
from sequence_learning.benchmark.turns import Measured
from sequence_learning.features.model_input_file import read_model_input
from sequence_learning.fits.outcomes import FitsFailedError
from sequence_learning.fits.plan import plan_jobs
from sequence_learning.fits.queue import run_all
from sequence_learning.fits.store import FitStore
from sequence_learning.training.pool import available_cores, worker_processes

_LONGEST_START = 120.0


class QueueTurns:
    """A queue of every encoder with every seed; its workers have started and imported before the first turn."""

    def __init__(self, case: Case) -> None:
        self._model_input = read_model_input(case.features)
        models = {encoder.name: encoder.model_dump() for encoder in case.encoders}
        self._jobs = plan_jobs(self._model_input, models, case.model, case.training)
        self._workers = available_cores()
        start_workers(self._workers)

    def turn(self) -> Measured:
        """``seconds``, ``busy``, ``workers`` and ``fits`` of a queue that finds no fit kept from before.

        Raises:
            FitsFailedError: if a fit failed.
        """
        with tempfile.TemporaryDirectory() as folder:
            outcomes, load = run_all(self._jobs, self._model_input, FitStore(Path(folder)), self._workers)
        failures = [f"{outcome.model}: {outcome.failure}" for outcome in outcomes if outcome.failure is not None]
        if failures:
            raise FitsFailedError("; ".join(failures))
        return asdict(load)


def start_workers(n_workers: int) -> None:
    """Have all worker processes running, with what a fit imports; they stay for the next queue."""
    if n_workers == 1:
        return
    with tempfile.TemporaryDirectory() as folder, worker_processes(n_workers):
        joblib.Parallel(batch_size=1)(joblib.delayed(_be_ready)(Path(folder), i, n_workers) for i in range(n_workers))


def _be_ready(folder: Path, number: int, n_workers: int) -> None:
    """Import, then wait for the others: a worker that is done would take the place of one that has not started."""
    import sequence_learning.training.fit  # noqa: F401

    (folder / str(number)).touch()
    started = time.monotonic()
    while len(list(folder.iterdir())) < n_workers and time.monotonic() - started < _LONGEST_START:
        time.sleep(0.01)
