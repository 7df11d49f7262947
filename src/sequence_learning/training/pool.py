"""Fits side by side: up to one process per core, one thread each."""

import json
import multiprocessing
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import joblib

from sequence_learning.features.model_input import ModelInput
from sequence_learning.parameters import TrainingParameters
from sequence_learning.training.checkpoint import CheckpointConfig
from sequence_learning.training.fit import FitResult, fit
from sequence_learning.training.progress import report, report_end, show_progress

Result = TypeVar("Result")

#: Takes a record with ``val_loss`` and ``seconds``, for the progress bar.
OnProgress = Callable[[Mapping[str, Any]], None]


def fit_all(
    model_input: ModelInput, configs: list[CheckpointConfig], parameters: TrainingParameters
) -> list[FitResult]:
    """Fit every configuration; results come in the order of ``configs`` and do not depend on ``n_workers``."""
    return side_by_side(
        [partial(fit, model_input, config, parameters) for config in configs],
        titles=[_title(config) for config in configs],
        n_steps=parameters.max_epochs,
        n_workers=parameters.n_workers,
    )


def side_by_side(
    fits: Sequence[Callable[[OnProgress], Result]], titles: list[str], n_steps: int, n_workers: int
) -> list[Result]:
    """Run fits in worker processes, with a progress bar for each.

    Inside a worker of someone else's pool (Kedro's ``ParallelRunner``) fits run one after the other: that pool
    fills the cores already.

    Args:
        fits: each calls its argument after every step with a record of it.
        titles: of their bars.
        n_steps: steps of a fit, at most.
        n_workers: processes, at most; 0 means one per core.

    Returns:
        What the fits return, in their order.
    """
    n_workers = 1 if multiprocessing.parent_process() else n_workers or available_cores()
    with tempfile.TemporaryDirectory() as folder:
        jobs = [joblib.delayed(_fit_and_tell)(fit, Path(folder, f"{i}.jsonl")) for i, fit in enumerate(fits)]
        with (
            show_progress(Path(folder), titles, n_steps),
            joblib.parallel_config("loky", n_jobs=max(1, min(n_workers, len(jobs))), inner_max_num_threads=1),
        ):
            results: list[Result] = joblib.Parallel()(jobs)
    return results


def available_cores() -> int:
    """Cores this process may use."""
    return int(joblib.cpu_count())


def _title(config: CheckpointConfig) -> str:
    return f"{config.encoder.name} seed {config.seed}"


def _fit_and_tell(fit: Callable[[OnProgress], Result], progress: Path) -> Result:
    try:
        return fit(lambda record: report(progress, json.dumps(record)))
    finally:
        report_end(progress)
