"""Nodes of the training pipeline. PyTorch and Lightning are imported when a node runs, not when it is listed."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from sequence_learning.baselines import load_baseline
from sequence_learning.baselines.base import Round
from sequence_learning.baselines.parameters import BaselineParameters
from sequence_learning.features.model_input import ModelInput
from sequence_learning.metrics import score
from sequence_learning.parameters import (
    EncoderParameters,
    ModelParameters,
    SchemaParameters,
    TrainingParameters,
)
from sequence_learning.training.checkpoint import Checkpoint, CheckpointConfig


def train_encoder(
    model_input: ModelInput, encoder: EncoderParameters, model: ModelParameters, training: TrainingParameters
) -> tuple[dict[int, Checkpoint], pd.DataFrame, pd.DataFrame]:
    """Fit the encoder once per seed.

    Returns:
        The checkpoints by seed; the history, a row per seed and epoch; the costs, a row per seed.
    """
    from sequence_learning.training.pool import fit_all

    configs = [
        CheckpointConfig(
            seed=seed,
            encoder=encoder,
            model=model,
            spec=model_input.spec,
            target_spec=model_input.target_spec,
        )
        for seed in training.seeds
    ]
    fits = fit_all(model_input, configs, training)
    history = pd.DataFrame([record for fit in fits for record in fit.history])
    costs = pd.DataFrame([fit.costs for fit in fits])
    for table in (history, costs):
        table.insert(0, "encoder", encoder.name)
    return {fit.checkpoint.config.seed: fit.checkpoint for fit in fits}, history, costs


def predict_held_out(model_input: ModelInput, checkpoints: dict[int, Checkpoint], split: pd.DataFrame) -> pd.DataFrame:
    """Predict the validation and test rows with every seed's checkpoint.

    Returns:
        Columns ``id``, ``part``, ``seed``, ``target`` and ``prediction``, or ``p_0``, ``p_1``, ... per class.
    """
    from sequence_learning.training.predict import predict

    by_seed = {seed: partial(predict, checkpoint.load_model(), model_input) for seed, checkpoint in checkpoints.items()}
    return _predict_held_out(model_input, by_seed, split)


def train_baseline(
    model_input: ModelInput, baseline: BaselineParameters, training: TrainingParameters
) -> tuple[dict[str, dict[str, Any]], pd.DataFrame, pd.DataFrame]:
    """Fit the baseline once per seed.

    Returns:
        The fitted baselines as JSON, by seed; the rounds, a row per seed and round; the costs, a row per seed.
    """
    from sequence_learning.baselines.fit import fit_baseline
    from sequence_learning.training.pool import side_by_side

    fits = side_by_side(
        [partial(fit_baseline, model_input, baseline, seed) for seed in training.seeds],
        titles=[f"{baseline.name} seed {seed}" for seed in training.seeds],
        n_steps=baseline.config.most_rounds,
        n_workers=training.n_workers,
    )
    fitted = {str(fit.costs["seed"]): fit.baseline.model_dump(mode="json") for fit in fits}
    rounds = pd.DataFrame([record for fit in fits for record in fit.rounds], columns=list(Round.__annotations__))
    costs = pd.DataFrame([fit.costs for fit in fits])
    for table in (rounds, costs):
        table.insert(0, "encoder", baseline.name)
    return fitted, rounds.astype(Round.__annotations__), costs


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

    tables = []
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
    return pd.concat(tables, ignore_index=True)


def score_encoder(predictions: pd.DataFrame, costs: pd.DataFrame, schema: SchemaParameters) -> pd.DataFrame:
    """Results of one encoder or baseline, a row per seed: ``encoder``, ``seed``, test metrics, costs."""
    test = predictions[predictions["part"] == "test"]
    scores = pd.DataFrame([{"seed": seed} | score(schema.task, rows) for seed, rows in test.groupby("seed")])
    return scores.merge(costs, on="seed", validate="one_to_one").set_index(["encoder", "seed"]).reset_index()
