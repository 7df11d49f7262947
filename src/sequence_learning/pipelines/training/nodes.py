"""Nodes of the training pipeline. PyTorch and Lightning are imported when a node runs, not when it is listed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from sequence_learning.baselines import load_baseline
from sequence_learning.baselines.base import Round
from sequence_learning.baselines.parameters import BaselineParameters
from sequence_learning.features.model_input import ModelInput
from sequence_learning.fits.outcomes import files_of, tabulate
from sequence_learning.fits.store import FitStore
from sequence_learning.metrics import score
from sequence_learning.parameters import (
    EncoderParameters,
    ModelParameters,
    SchemaParameters,
    TrainingParameters,
)
from sequence_learning.training.checkpoint import Checkpoint
from sequence_learning.tuning.apply import configurations
from sequence_learning.tuning.parameters import TuningParameters


def fit_models(
    model_input: ModelInput,
    fit_store: FitStore,
    precision_choices: dict[str, Any],
    tuned_parameters: dict[str, Any],
    model: ModelParameters,
    training: TrainingParameters,
    tuning: TuningParameters,
    **models: object,
) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, float]]:
    """Fit every encoder and baseline once per seed, from one queue.

    Args:
        model_input: prepared features.
        fit_store: holds fits of earlier runs, and takes those of this one.
        precision_choices: what was measured of bf16, on this machine or another; may be empty.
        tuned_parameters: what a search has found; may be empty.
        model: the part that all encoders share.
        training: how encoders are trained, and the seeds of all.
        tuning: whether what was found is used.
        models: options of each encoder and baseline, by name.

    Returns:
        Where each fit is kept: ``model``, ``seed``, ``key``; those that failed: ``model``, ``seed``, ``reason``; how
        busy the machine was kept.

    Raises:
        FitsFailedError: if no encoder, or no model where there are no encoders, could be fitted with every seed.
    """
    from sequence_learning.fits.plan import plan_jobs
    from sequence_learning.fits.precision import chosen_here
    from sequence_learning.fits.queue import run_all, workers_for_fits

    configured = configurations(models, model, training, tuned_parameters if tuning.use else None, model_input)
    jobs = plan_jobs(model_input, configured, training.seeds, chosen_here(precision_choices, training))
    outcomes, load = run_all(jobs, model_input, fit_store, workers_for_fits(training))
    return (*tabulate(outcomes), asdict(load))


def collect_encoder(
    fits: pd.DataFrame, fit_store: FitStore, encoder: EncoderParameters
) -> tuple[dict[int, Checkpoint], pd.DataFrame, pd.DataFrame]:
    """What the fits of one encoder left behind; nothing if one of them failed.

    Returns:
        The checkpoints by seed; the history, a row per seed and epoch; the costs, a row per seed.
    """
    from sequence_learning.fits.encoder_job import read_fit
    from sequence_learning.training.fit import Costs
    from sequence_learning.training.state import EpochRecord

    done = [read_fit(file) for file in files_of(encoder.name, fits, fit_store)]
    history = _table(encoder.name, [record for fit in done for record in fit.history], EpochRecord)
    costs = _table(encoder.name, [fit.costs for fit in done], Costs)
    return {fit.checkpoint.config.seed: fit.checkpoint for fit in done}, history, costs


def collect_baseline(
    fits: pd.DataFrame, fit_store: FitStore, baseline: BaselineParameters
) -> tuple[dict[str, dict[str, Any]], pd.DataFrame, pd.DataFrame]:
    """As :func:`collect_encoder`, of a baseline.

    Returns:
        The fitted baselines as JSON, by seed; the rounds, a row per seed and round; the costs, a row per seed.
    """
    from sequence_learning.baselines.fit import BaselineCosts
    from sequence_learning.fits.baseline_job import read_baseline

    done = [read_baseline(file) for file in files_of(baseline.name, fits, fit_store)]
    fitted = {str(fit.costs["seed"]): fit.baseline.model_dump(mode="json") for fit in done}
    rounds = _table(baseline.name, [record for fit in done for record in fit.rounds], Round)
    return fitted, rounds, _table(baseline.name, [fit.costs for fit in done], BaselineCosts)


def _table(model: str, records: Sequence[Mapping[str, Any]], kind: type) -> pd.DataFrame:
    """Records with the model's name before them; columns have their types even where there are no rows."""
    types: dict[str, Any] = kind.__annotations__
    table = pd.DataFrame(records, columns=list(types)).astype(types)
    table.insert(0, "encoder", pd.Series(model, index=table.index, dtype="object"))
    return table


def predict_held_out(model_input: ModelInput, checkpoints: dict[int, Checkpoint], split: pd.DataFrame) -> pd.DataFrame:
    """Predict the validation and test rows with every seed's checkpoint.

    Returns:
        Columns ``id``, ``part``, ``seed``, ``target`` and ``prediction``, or ``p_0``, ``p_1``, ... per class.
    """
    from sequence_learning.training.predict import predict

    by_seed = {seed: partial(predict, checkpoint.load_model(), model_input) for seed, checkpoint in checkpoints.items()}
    return _predict_held_out(model_input, by_seed, split)


def predict_held_out_with_baseline(
    model_input: ModelInput, fitted: dict[str, dict[str, Any]], split: pd.DataFrame
) -> pd.DataFrame:
    """As :func:`predict_held_out`, with every seed's baseline."""
    by_seed = {int(seed): partial(load_baseline(stored).predict, model_input) for seed, stored in fitted.items()}
    return _predict_held_out(model_input, by_seed, split)


def _predict_held_out(
    model_input: ModelInput, by_seed: Mapping[int, Callable[[np.ndarray], dict[str, np.ndarray]]], split: pd.DataFrame
) -> pd.DataFrame:
    from sequence_learning.training.predict import original_target
    from sequence_learning.training.threads import single_thread

    tables: list[pd.DataFrame] = []
    for part in ("validation", "test"):
        rows = model_input.rows(part)
        known = {
            "id": split["id"].to_numpy()[rows],
            "part": part,
            "target": original_target(model_input, rows),
        }
        for seed, predict in by_seed.items():
            with single_thread():
                columns = predict(rows)
            tables.append(pd.DataFrame(known | {"seed": seed} | columns))
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=["id", "part", "target", "seed"])


def score_encoder(predictions: pd.DataFrame, costs: pd.DataFrame, schema: SchemaParameters) -> pd.DataFrame:
    """Results of one encoder or baseline, a row per seed: ``encoder``, ``seed``, test metrics, costs."""
    test = predictions[predictions["part"] == "test"]
    if test.empty:  # the model could not be fitted
        return costs
    scores = pd.DataFrame([{"seed": seed} | score(schema.task, rows) for seed, rows in test.groupby("seed")])
    return scores.merge(costs, on="seed", validate="one_to_one").set_index(["encoder", "seed"]).reset_index()
