"""Models that know the order of events but not their times, of data that have times."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from sequence_learning.baselines import BASELINES
from sequence_learning.baselines.base import Baseline
from sequence_learning.evaluation.prediction import predict_rows
from sequence_learning.features.alterations import without_times
from sequence_learning.features.model_input import ModelInput
from sequence_learning.fits.baseline_job import read_baseline
from sequence_learning.fits.configuration import BaselineConfiguration, Configuration
from sequence_learning.fits.encoder_job import read_fit
from sequence_learning.fits.outcomes import failures_of, files_of, whole_models
from sequence_learning.fits.plan import plan_jobs
from sequence_learning.fits.queue import run_all, workers_for_fits
from sequence_learning.fits.store import FitStore
from sequence_learning.parameters import TrainingParameters
from sequence_learning.training.checkpoint import Checkpoint
from sequence_learning.training.precision import Precision
from sequence_learning.training.predict import original_target

#: Ends the names of models that were trained without times.
BLIND_TO_TIME = "_blind_to_time"


def fit_blind_to_time(
    model_input: ModelInput,
    chosen: Sequence[Configuration],
    training: TrainingParameters,
    ids: np.ndarray,
    store: FitStore,
    precisions: Mapping[str, Precision],
) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """Train models again on features without ages and without channels made of times, once per seed.

    Args:
        model_input: prepared features.
        chosen: encoders and baselines, configured as those that see the times.
        training: its seeds and workers.
        ids: ``(N,)`` of all rows.
        store: holds fits of earlier runs, and takes these.
        precisions: of encoders, where their training leaves it open.

    Returns:
        Predictions of the validation and test rows, by the model's name and :data:`BLIND_TO_TIME`: columns ``id``,
        ``part``, ``target``, ``seed``, and ``prediction`` or ``p_0``, ``p_1``, ... Nothing where no channel is made of
        times, so that these models have not seen any to begin with; nor of encoders that weigh by time, which are
        nothing without it; nor of a model of which a fit failed. Fits that failed: ``model``, ``seed``, ``reason``.
    """
    able = [one for one in chosen if isinstance(one, BaselineConfiguration) or not one.encoder.config.needs_ages]
    if not able or not model_input.spec.n_time_channels:
        return {}, failures_of([])
    blind = without_times(model_input)
    jobs = plan_jobs(blind, able, training.seeds, precisions)
    outcomes, _ = run_all(jobs, blind, store, workers_for_fits(training, beside_others=True))
    fits = whole_models(outcomes)
    predictions = {}
    for name in fits["model"].unique():
        fitted = [_read(name, file) for file in files_of(name, fits, store)]
        predictions[name + BLIND_TO_TIME] = _predict(blind, dict(zip(training.seeds, fitted, strict=True)), ids)
    failed = failures_of(outcomes)
    return predictions, failed.assign(model=failed["model"] + BLIND_TO_TIME)


def _read(name: str, file: Path) -> Checkpoint | Baseline:
    return read_baseline(file).baseline if name in BASELINES else read_fit(file).checkpoint


def _predict(blind: ModelInput, fitted: Mapping[int, Checkpoint | Baseline], ids: np.ndarray) -> pd.DataFrame:
    tables = []
    for part in ("validation", "test"):
        rows = blind.rows(part)
        known = {"id": ids[rows], "part": part, "target": original_target(blind, rows)}
        for seed, one in fitted.items():
            tables.append(pd.DataFrame(known | {"seed": seed} | predict_rows(one, blind, rows)))
    return pd.concat(tables, ignore_index=True)
