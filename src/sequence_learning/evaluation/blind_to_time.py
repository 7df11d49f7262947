"""Models that know the order of events but not their times, of data that have times."""

from collections.abc import Sequence
from functools import partial

import numpy as np
import pandas as pd

from sequence_learning.baselines.base import Baseline
from sequence_learning.baselines.fit import fit_baseline
from sequence_learning.evaluation.prediction import predict_rows
from sequence_learning.features.alterations import without_times
from sequence_learning.features.model_input import ModelInput
from sequence_learning.fits.configuration import BaselineConfiguration, Configuration
from sequence_learning.parameters import TrainingParameters
from sequence_learning.training.checkpoint import Checkpoint, CheckpointConfig
from sequence_learning.training.fit import fit
from sequence_learning.training.pool import OnProgress, side_by_side
from sequence_learning.training.predict import original_target

#: Ends the names of models that were trained without times.
BLIND_TO_TIME = "_blind_to_time"


def fit_blind_to_time(
    model_input: ModelInput,
    chosen: Sequence[Configuration],
    training: TrainingParameters,
    ids: np.ndarray,
) -> dict[str, pd.DataFrame]:
    """Train models again on features without ages and without channels made of times, once per seed.

    Args:
        model_input: prepared features.
        chosen: encoders and baselines, configured as those that see the times.
        training: its seeds and workers.
        ids: ``(N,)`` of all rows.

    Returns:
        Predictions of the validation and test rows, by the model's name and :data:`BLIND_TO_TIME`: columns ``id``,
        ``part``, ``target``, ``seed``, and ``prediction`` or ``p_0``, ``p_1``, ... Nothing where no channel is made of
        times, so that these models have not seen any to begin with; nor of encoders that weigh by time, which are
        nothing without it.
    """
    if not model_input.spec.n_time_channels:
        return {}
    blind = without_times(model_input)
    able = [one for one in chosen if isinstance(one, BaselineConfiguration) or not one.encoder.config.needs_ages]
    return {one.name + BLIND_TO_TIME: _fit_and_predict(blind, one, training, ids) for one in able}


def _fit_and_predict(
    blind: ModelInput,
    one: Configuration,
    training: TrainingParameters,
    ids: np.ndarray,
) -> pd.DataFrame:
    fits = side_by_side(
        [partial(_fit, blind, one, seed) for seed in training.seeds],
        titles=[f"{one.name} blind to time, seed {seed}" for seed in training.seeds],
        n_steps=one.most_steps,
        n_workers=training.n_workers,
    )
    tables = []
    for part in ("validation", "test"):
        rows = blind.rows(part)
        known = {"id": ids[rows], "part": part, "target": original_target(blind, rows)}
        for seed, fitted in zip(training.seeds, fits, strict=True):
            tables.append(pd.DataFrame(known | {"seed": seed} | predict_rows(fitted, blind, rows)))
    return pd.concat(tables, ignore_index=True)


def _fit(
    blind: ModelInput,
    one: Configuration,
    seed: int,
    on_progress: OnProgress,
) -> Checkpoint | Baseline:
    if isinstance(one, BaselineConfiguration):
        return fit_baseline(blind, one.baseline, seed, on_progress).baseline
    config = CheckpointConfig(
        seed=seed, encoder=one.encoder, model=one.model, spec=blind.spec, target_spec=blind.target_spec
    )
    return fit(blind, config, one.training, on_progress).checkpoint
