"""Nodes of the evaluation pipeline; those that gather take one input from each encoder or baseline."""

from typing import Any

import pandas as pd
import plotly.graph_objects as go

from sequence_learning.baselines import BASELINES, load_baseline
from sequence_learning.baselines.parameters import BaselineParameters
from sequence_learning.evaluation import calibration, comparison, conformal, ladder, plots, training_cost
from sequence_learning.evaluation import leaderboard as board
from sequence_learning.evaluation.fitted import FittedModels
from sequence_learning.evaluation.parameters import CalibrationParameters, DecisionParameters, LadderParameters
from sequence_learning.evaluation.rungs import rung_of
from sequence_learning.features.model_input import ModelInput
from sequence_learning.features.split import units_of
from sequence_learning.fits.store import FitStore
from sequence_learning.metrics import METRICS
from sequence_learning.parameters import EncoderParameters, ModelParameters, SchemaParameters, TrainingParameters
from sequence_learning.training.checkpoint import Checkpoint
from sequence_learning.tuning.apply import configurations
from sequence_learning.tuning.parameters import TuningParameters


def gather_tables(*tables: pd.DataFrame) -> pd.DataFrame:
    """One table of all models' rows, each of which names its model; those that could not be fitted have none."""
    return pd.concat([table for table in tables if len(table)], ignore_index=True)


def gather_predictions(**predictions: pd.DataFrame) -> pd.DataFrame:
    """One table of all models' predictions, with the model's name in ``encoder``."""
    fitted = {name: table for name, table in predictions.items() if len(table)}
    return pd.concat(fitted, names=["encoder"]).reset_index("encoder").reset_index(drop=True)


def gather_models(**fitted: dict[Any, Checkpoint | dict[str, Any]]) -> FittedModels:
    """All fitted models: by name, then by seed."""
    return {
        name: {int(seed): one if isinstance(one, Checkpoint) else load_baseline(one) for seed, one in by_seed.items()}
        for name, by_seed in fitted.items()
        if by_seed
    }


def compare_models(
    predictions: pd.DataFrame, split: pd.DataFrame, schema: SchemaParameters, decision: DecisionParameters
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Scores with intervals, and every pair's difference."""
    by_model = _by_model(predictions)
    models = comparison.score_models(schema.task, by_model, units_of(split))
    validation = comparison.validation_scores(schema.task, by_model)
    return (
        comparison.score_table(models, validation, decision.confidence),
        comparison.difference_table(models, decision.confidence),
    )


def build_leaderboard(
    results: pd.DataFrame,
    scores: pd.DataFrame,
    latency: pd.DataFrame,
    footprint: pd.DataFrame,
    schema: SchemaParameters,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The leaderboard, twice: for Parquet and for JSON."""
    table = board.build_leaderboard(schema.task, results, scores, latency, footprint)
    return table, table


def plot_leaderboard(leaderboard: pd.DataFrame) -> go.Figure:
    """Scores with their intervals."""
    return plots.plot_leaderboard(leaderboard)


def plot_learning_curves(history: pd.DataFrame) -> go.Figure:
    """Losses by epoch of every encoder."""
    return plots.plot_learning_curves(history)


def measure_training_costs(
    results: pd.DataFrame, history: pd.DataFrame, schema: SchemaParameters
) -> tuple[pd.DataFrame, go.Figure]:
    """What training took, and the score it had reached when."""
    return (
        training_cost.training_costs(results, history),
        training_cost.plot_score_by_seconds(history, METRICS[schema.task][0]),
    )


def measure_coverage(
    predictions: pd.DataFrame, split: pd.DataFrame, parameters: CalibrationParameters
) -> tuple[pd.DataFrame, go.Figure]:
    """How often prediction intervals, or sets of classes, hold the truth."""
    coverage = conformal.measure_conformal(_by_model(predictions), units_of(split), parameters.coverage)
    return coverage, conformal.plot_coverage(coverage)


def calibrate(predictions: pd.DataFrame, schema: SchemaParameters) -> tuple[pd.DataFrame, go.Figure]:
    """Probabilities before and after temperature scaling, and how often they come true; empty without probabilities."""
    models = _by_model(predictions)
    table = calibration.calibrate(models, schema.task) if schema.task != "regression" else pd.DataFrame({"encoder": []})
    return table, calibration.plot_reliability(models) if schema.task == "binary" else go.Figure()


def fit_blind_to_time(
    fitted_models: FittedModels,
    model_input: ModelInput,
    fit_store: FitStore,
    precision_choices: dict[str, Any],
    split: pd.DataFrame,
    encoders: dict[str, Any],
    baselines: dict[str, Any],
    tuned_parameters: dict[str, Any],
    model: ModelParameters,
    training: TrainingParameters,
    tuning: TuningParameters,
    parameters: LadderParameters,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Predictions of some of the models, trained without the times of events; none where the data have no times.

    And the fits that failed.
    """
    from sequence_learning.evaluation import blind_to_time
    from sequence_learning.fits.precision import chosen_here

    blocks = encoders | baselines
    chosen = {name: blocks[name] for name in parameters.blind_to_time if name in fitted_models}
    configured = configurations(chosen, model, training, tuned_parameters if tuning.use else None, model_input)
    ids = split["id"].to_numpy()
    precisions = chosen_here(precision_choices, training)
    predictions, failed = blind_to_time.fit_blind_to_time(model_input, configured, training, ids, fit_store, precisions)
    return gather_predictions(**predictions) if predictions else pd.DataFrame({"encoder": []}), failed


def build_ladder(
    predictions: pd.DataFrame,
    predictions_blind_to_time: pd.DataFrame,
    model_input: ModelInput,
    split: pd.DataFrame,
    encoders: dict[str, Any],
    baselines: dict[str, Any],
    schema: SchemaParameters,
    decision: DecisionParameters,
) -> tuple[pd.DataFrame, go.Figure]:
    """What each kind of knowledge adds."""
    from sequence_learning.evaluation.blind_to_time import BLIND_TO_TIME

    seeing, blind = _by_model(predictions), _by_model(predictions_blind_to_time)
    without_times = model_input.spec.model_copy(update={"n_time_channels": 0})
    configured = encoders | baselines
    rungs = {name: rung_of(_configured(name, configured), model_input.spec) for name in seeing}
    rungs |= {name: rung_of(_configured(name.removesuffix(BLIND_TO_TIME), configured), without_times) for name in blind}
    table = ladder.build_ladder(
        schema.task,
        seeing | blind,
        rungs,
        units_of(split),
        has_times="time_aware" in rungs.values(),
        confidence=decision.confidence,
    )
    return table, ladder.plot_ladder(table, METRICS[schema.task][0])


def _configured(name: str, blocks: dict[str, Any]) -> EncoderParameters | BaselineParameters:
    # Kedro checks single blocks against their types, not a dictionary of them.
    kind = BaselineParameters if name in BASELINES else EncoderParameters
    return kind.model_validate(blocks[name])


def _by_model(predictions: pd.DataFrame) -> dict[str, pd.DataFrame]:
    if predictions.empty:
        return {}
    return {str(name): table.drop(columns="encoder") for name, table in predictions.groupby("encoder", sort=False)}
