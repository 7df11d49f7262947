"""Nodes of the evaluation pipeline; those that compare encoders take one input from each."""

import pandas as pd
import plotly.graph_objects as go

from sequence_learning.evaluation import leaderboard as board
from sequence_learning.evaluation import plots
from sequence_learning.features.model_input import ModelInput
from sequence_learning.parameters import EvaluationParameters, SchemaParameters
from sequence_learning.training.checkpoint import Checkpoint


def score_baseline(model_input: ModelInput, schema: SchemaParameters) -> pd.DataFrame:
    """Results of predicting the training mean, as a row like an encoder's."""
    from sequence_learning.evaluation.baseline import predict_the_mean
    from sequence_learning.evaluation.metrics import score

    return pd.DataFrame([{"encoder": board.BASELINE, "seed": 0, **score(schema.task, predict_the_mean(model_input))}])


def measure_latency(
    model_input: ModelInput, evaluation: EvaluationParameters, *checkpoints: dict[int, Checkpoint]
) -> dict[str, dict[str, float]]:
    """Prediction time of each encoder's first seed, in milliseconds by batch size."""
    from sequence_learning.evaluation import latency

    first_seeds = [next(iter(by_seed.values())) for by_seed in checkpoints]
    return latency.measure_latency(
        model_input, {checkpoint.config.encoder.name: checkpoint for checkpoint in first_seeds}, evaluation
    )


def build_leaderboard(
    schema: SchemaParameters, latency: dict[str, dict[str, float]], *results: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The leaderboard, twice: for Parquet and for JSON."""
    table = board.build_leaderboard(schema.task, pd.concat(results, ignore_index=True), latency)
    return table, table


def plot_leaderboard(leaderboard: pd.DataFrame) -> go.Figure:
    """Scores with their spread over seeds."""
    return plots.plot_leaderboard(leaderboard)


def plot_learning_curves(*histories: pd.DataFrame) -> go.Figure:
    """Losses by epoch of every encoder."""
    return plots.plot_learning_curves(pd.concat(histories, ignore_index=True))
