"""All fits as one queue on all cores."""

import tempfile
from dataclasses import asdict
from pathlib import Path

from sequence_learning.benchmark.case import Case
from sequence_learning.benchmark.turns import Measured
from sequence_learning.features.model_input_file import read_model_input
from sequence_learning.fits.configuration import configure
from sequence_learning.fits.outcomes import FitsFailedError
from sequence_learning.fits.plan import plan_jobs
from sequence_learning.fits.queue import run_all
from sequence_learning.fits.store import FitStore
from sequence_learning.training.pool import available_cores, start_workers


class QueueTurns:
    """A queue of every encoder with every seed; its workers have started and imported before the first turn."""

    def __init__(self, case: Case) -> None:
        self._model_input = read_model_input(case.features)
        models = {encoder.name: encoder.model_dump() for encoder in case.encoders}
        configured = [
            one.changed({"training": {"precision": "bf16"}}) if name in case.in_16_bits else one
            for name, one in configure(models, case.model, case.training).items()
        ]
        self._jobs = plan_jobs(self._model_input, configured, case.training.seeds, {})
        self._workers = available_cores()
        if self._workers > 1:  # a single one would be this process
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
