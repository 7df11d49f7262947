"""Nodes of the evaluation pipeline; those that gather take one input from each encoder."""

import pandas as pd
import plotly.graph_objects as go

from sequence_learning.evaluation import leaderboard as board
from sequence_learning.evaluation import plots
from sequence_learning.features.model_input import ModelInput
from sequence_learning.parameters import EvaluationParameters, SchemaParameters
from sequence_learning.training.checkpoint import Checkpoint


def gather_tables(*tables: pd.DataFrame) -> pd.DataFrame:
    """One table of all encoders' rows; each row names its encoder."""
    return pd.concat(tables, ignore_index=True)


def measure_latency(
    model_input: ModelInput, evaluation: EvaluationParameters, *checkpoints: dict[int, Checkpoint]
) -> dict[str, dict[str, float]]:
    """Prediction time of each encoder's first seed, in milliseconds by batch size."""
    from sequence_learning.evaluation import latency

    first_seeds = [next(iter(by_seed.values())) for by_seed in checkpoints]
    return latency.measure_latency(
        model_input, {checkpoint.config.encoder.name: checkpoint for checkpoint in first_seeds}, evaluation
    )


def score_baseline(model_input: ModelInput, schema: SchemaParameters) -> pd.DataFrame:
    """Results of predicting the training mean, as a row like an encoder's."""
    from sequence_learning.evaluation.baseline import predict_the_mean
    from sequence_learning.evaluation.metrics import score

    return pd.DataFrame([{"encoder": board.BASELINE, "seed": 0, **score(schema.task, predict_the_mean(model_input))}])


def build_leaderboard(
    results: pd.DataFrame,
    baseline_results: pd.DataFrame,
    latency: dict[str, dict[str, float]],
    schema: SchemaParameters,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The leaderboard, twice: for Parquet and for JSON."""
    every = pd.concat([results, baseline_results], ignore_index=True)
    table = board.build_leaderboard(schema.task, every, latency)
    return table, table


def plot_leaderboard(leaderboard: pd.DataFrame) -> go.Figure:
    """Scores with their spread over seeds."""
    return plots.plot_leaderboard(leaderboard)


def plot_learning_curves(history: pd.DataFrame) -> go.Figure:
    """Losses by epoch of every encoder."""
    return plots.plot_learning_curves(history)
