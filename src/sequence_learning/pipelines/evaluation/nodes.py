"""Nodes of the evaluation pipeline; those that gather take one input from each encoder or baseline."""

from typing import Any

import pandas as pd
import plotly.graph_objects as go

from sequence_learning.baselines import load_baseline
from sequence_learning.evaluation import leaderboard as board
from sequence_learning.evaluation import plots
from sequence_learning.features.model_input import ModelInput
from sequence_learning.parameters import EvaluationParameters, SchemaParameters
from sequence_learning.training.checkpoint import Checkpoint


def gather_tables(*tables: pd.DataFrame) -> pd.DataFrame:
    """One table of all models' rows; each row names its encoder or baseline."""
    return pd.concat(tables, ignore_index=True)


def measure_latency(
    model_input: ModelInput,
    evaluation: EvaluationParameters,
    *fitted: dict[Any, Checkpoint | dict[str, Any]],
) -> dict[str, dict[str, float]]:
    """Prediction time of the first seed of each encoder and baseline, in milliseconds by batch size."""
    from sequence_learning.evaluation import latency

    first_seeds = [next(iter(by_seed.values())) for by_seed in fitted]
    models = [first if isinstance(first, Checkpoint) else load_baseline(first) for first in first_seeds]
    return latency.measure_latency(model_input, models, evaluation)


def build_leaderboard(
    results: pd.DataFrame, latency: dict[str, dict[str, float]], schema: SchemaParameters
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The leaderboard, twice: for Parquet and for JSON."""
    table = board.build_leaderboard(schema.task, results, latency)
    return table, table


def plot_leaderboard(leaderboard: pd.DataFrame) -> go.Figure:
    """Scores with their spread over seeds."""
    return plots.plot_leaderboard(leaderboard)


def plot_learning_curves(history: pd.DataFrame) -> go.Figure:
    """Losses by epoch of every encoder."""
    return plots.plot_learning_curves(history)
