"""Starts the worker processes while the main process still prepares: each takes seconds to import PyTorch."""

import atexit
import threading
from contextlib import suppress
from typing import Any

import click
from kedro.framework.context import KedroContext
from kedro.framework.hooks import hook_impl

from sequence_learning.training.precision import may_have_gpu

#: Pipelines of ``kedro run`` that use no worker processes, or hardly.
_WITHOUT_FITS = {
    "data_generation",
    "feature_preparation",
    "draft_schema",
    "predict",
    "certify",
    "benchmark",
    "benchmark_cluster",
    "benchmark_stream",
}


class WarmWorkers:
    """Begins as soon as ``kedro run`` has read the configuration."""

    @hook_impl(tryfirst=True)
    def after_context_created(self, context: KedroContext) -> None:
        """Start as many workers as the run will use, if it is a run of the command line that trains."""
        command = click.get_current_context(silent=True)
        if command is not None and command.info_name == "run" and _trains(command.params):
            # Not ``context.params``: that would check the parameters of all pipelines first.
            training = context.config_loader["parameters"].get("training")
            options = training if isinstance(training, dict) else {}
            n_workers = options.get("n_workers")
            # On a GPU, fits run one by one, in this process.
            if options.get("backend") != "ray" and not may_have_gpu():
                _start(n_workers if isinstance(n_workers, int) else 0)


def _trains(options: dict[str, Any]) -> bool:
    """Whether these options of ``kedro run`` lead to fits in worker processes of the main process."""
    named = {options.get("pipeline"), *(options.get("pipelines") or ())} - {None, ""}
    # Processes of ParallelRunner are forks, which cannot use the workers of the process that they come from.
    forked = "ParallelRunner" in str(options.get("runner"))
    # A part of the pipeline may be one without fits.
    part = any(options.get(name) for name in ("from_nodes", "from_inputs", "nodes", "tags", "namespaces"))
    return not (forked or part or (named and named <= _WITHOUT_FITS))


def _start(n_workers: int) -> None:
    from sequence_learning.training.pool import available_cores, end_workers

    n_workers = n_workers or available_cores()
    if n_workers > 1:  # a single one would be this process
        atexit.register(end_workers)
        threading.Thread(target=_start_if_the_run_lasts, args=(n_workers,), daemon=True).start()


def _start_if_the_run_lasts(n_workers: int) -> None:
    """A run that is refused ends meanwhile; and what else may fail is told when workers are needed."""
    from sequence_learning.training.pool import start_workers

    with suppress(Exception):
        start_workers(n_workers)
