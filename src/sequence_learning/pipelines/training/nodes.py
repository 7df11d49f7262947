"""Nodes of the training pipeline. PyTorch and Lightning are imported when a node runs, not when it is listed."""

import pandas as pd

from sequence_learning.evaluation.metrics import score
from sequence_learning.features.model_input import ModelInput
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
    from sequence_learning.training.fit import single_thread
    from sequence_learning.training.predict import original_target, predict

    tables = []
    for part in ("validation", "test"):
        rows = model_input.rows(part)
        known = {
            "id": split["id"].to_numpy()[rows],
            "part": part,
            "target": original_target(model_input, rows),
        }
        for seed, checkpoint in checkpoints.items():
            with single_thread():
                columns = predict(checkpoint.load_model(), model_input, rows)
            tables.append(pd.DataFrame(known | {"seed": seed} | columns))
    return pd.concat(tables, ignore_index=True)


def score_encoder(predictions: pd.DataFrame, costs: pd.DataFrame, schema: SchemaParameters) -> pd.DataFrame:
    """Results of one encoder, a row per seed: ``encoder``, ``seed``, test metrics, costs."""
    test = predictions[predictions["part"] == "test"]
    scores = pd.DataFrame([{"seed": seed} | score(schema.task, rows) for seed, rows in test.groupby("seed")])
    return scores.merge(costs, on="seed", validate="one_to_one").set_index(["encoder", "seed"]).reset_index()
