"""Fits side by side: up to one process per core, one thread each."""

import json
import multiprocessing
import tempfile
from pathlib import Path

import joblib

from sequence_learning.features.model_input import ModelInput
from sequence_learning.parameters import TrainingParameters
from sequence_learning.training.checkpoint import CheckpointConfig
from sequence_learning.training.fit import FitResult, fit
from sequence_learning.training.progress import report, report_end, show_progress


def fit_all(
    model_input: ModelInput, configs: list[CheckpointConfig], parameters: TrainingParameters
) -> list[FitResult]:
    """Fit every configuration; results come in the order of ``configs`` and do not depend on ``n_workers``.

    Inside a worker of someone else's pool (Kedro's ``ParallelRunner``) fits run one after the other: that pool
    fills the cores already.
    """
    n_workers = 1 if multiprocessing.parent_process() else parameters.n_workers or available_cores()
    with tempfile.TemporaryDirectory() as folder:
        jobs = [
            joblib.delayed(_fit_and_tell)(model_input, config, parameters, Path(folder, f"{i}.jsonl"))
            for i, config in enumerate(configs)
        ]
        with (
            show_progress(Path(folder), [_title(c) for c in configs], parameters.max_epochs),
            joblib.parallel_config("loky", n_jobs=min(n_workers, len(jobs)), inner_max_num_threads=1),
        ):
            results: list[FitResult] = joblib.Parallel()(jobs)
    return results


def available_cores() -> int:
    """Cores this process may use."""
    return int(joblib.cpu_count())


def _title(config: CheckpointConfig) -> str:
    return f"{config.encoder.name} seed {config.seed}"


def _fit_and_tell(
    model_input: ModelInput, config: CheckpointConfig, parameters: TrainingParameters, progress: Path
) -> FitResult:
    try:
        return fit(model_input, config, parameters, lambda record: report(progress, json.dumps(record)))
    finally:
        report_end(progress)
