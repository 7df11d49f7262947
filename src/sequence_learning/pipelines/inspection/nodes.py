"""Nodes of the inspection pipeline. PyTorch is imported when a node runs, not when it is listed."""

from typing import Any

import pandas as pd
import plotly.graph_objects as go

from sequence_learning.evaluation.fitted import FittedModels
from sequence_learning.evaluation.parameters import (
    DecisionParameters,
    InterpretationParameters,
    LatencyParameters,
    ReportParameters,
    RobustnessParameters,
)
from sequence_learning.features.events import Events
from sequence_learning.features.model_input import ModelInput
from sequence_learning.features.split import units_of
from sequence_learning.features.transformer import FeatureTransformer
from sequence_learning.parameters import EncoderParameters, SchemaParameters, TrainingParameters
from sequence_learning.training.checkpoint import Checkpoint


def measure_latency(
    fitted_models: FittedModels,
    model_input: ModelInput,
    entities: pd.DataFrame,
    events: Events,
    feature_transformer: dict[str, Any],
    latency: LatencyParameters,
    training: TrainingParameters,
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, go.Figure, dict[str, Any]]:
    """Prediction time of each model's first seed: on test rows, at growing lengths, its exponent; and the machine."""
    from sequence_learning.evaluation.latency.graphs import export_graphs
    from sequence_learning.evaluation.latency.machine import describe_machine
    from sequence_learning.evaluation.latency.measure import measure_latency
    from sequence_learning.evaluation.latency.plots import plot_scaling
    from sequence_learning.evaluation.latency.rows import RawTables
    from sequence_learning.evaluation.latency.scaling import exponents, measure_scaling, theoretical_exponents

    models = _first_seeds(fitted_models)
    encoders = [model for model in models if isinstance(model, Checkpoint)]
    tables = RawTables(entities, events, FeatureTransformer.model_validate(feature_transformer))
    graphs = export_graphs(encoders, training.n_workers) if latency.onnx else {}
    scaling = measure_scaling(encoders, latency, graphs)
    return (
        measure_latency(model_input, models, tables, latency, graphs),
        scaling,
        exponents(scaling, theoretical_exponents(encoders)),
        plot_scaling(scaling),
        describe_machine(),
    )


def measure_footprint(fitted_models: FittedModels, model_input: ModelInput) -> pd.DataFrame:
    """Size on disk, memory and operations of each model's first seed."""
    from sequence_learning.evaluation.latency.footprint import measure_footprint

    return measure_footprint(model_input, _first_seeds(fitted_models))


def measure_robustness(
    fitted_models: FittedModels,
    model_input: ModelInput,
    split: pd.DataFrame,
    schema: SchemaParameters,
    robustness: RobustnessParameters,
    decision: DecisionParameters,
    training: TrainingParameters,
) -> tuple[pd.DataFrame, go.Figure]:
    """What trained models lose when test sequences are shuffled or cut."""
    from sequence_learning.evaluation.robustness import drops, plot_drops, predict_altered

    altered = predict_altered(model_input, fitted_models, split["id"].to_numpy(), robustness, training.n_workers)
    table = drops(schema.task, altered, units_of(split), decision.confidence)
    return table, plot_drops(table)


def interpret_models(
    fitted_models: FittedModels,
    model_input: ModelInput,
    feature_transformer: dict[str, Any],
    interpretation: InterpretationParameters,
    training: TrainingParameters,
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """What models look at: weights of positions, half-lives, gradients, permuted features, agreement of seeds."""
    from sequence_learning.evaluation.interpretation.interpret import interpret

    names = FeatureTransformer.model_validate(feature_transformer).feature_names
    fitted = {name: list(by_seed.items()) for name, by_seed in fitted_models.items()}
    found = interpret(model_input, names, fitted, interpretation, training.n_workers)
    return found.position_weights, found.half_lives, found.gradients, found.permutation, found.stability


def show_interpretation(
    position_weights: pd.DataFrame,
    half_lives: pd.DataFrame,
    gradients: pd.DataFrame,
    permutation: pd.DataFrame,
    stability: pd.DataFrame,
) -> tuple[dict[str, str], go.Figure, go.Figure, go.Figure]:
    """A sentence for each model, and pictures of weights, gradients and permuted features."""
    from sequence_learning.evaluation.interpretation import plots
    from sequence_learning.evaluation.interpretation.describe import describe
    from sequence_learning.evaluation.interpretation.interpret import Interpretation

    return (
        describe(Interpretation(position_weights, half_lives, gradients, permutation, stability)),
        plots.plot_position_weights(position_weights, stability),
        plots.plot_gradients(gradients, stability),
        plots.plot_permutation(permutation, stability),
    )


def certify_encoders(encoders: dict[str, Any], fitted_models: FittedModels, report: ReportParameters) -> pd.DataFrame:
    """The certificates of the encoders that were trained, as they are configured; none if they are switched off."""
    from sequence_learning.certificates.certify import CONFIGURED, certify
    from sequence_learning.certificates.subject import Subject

    chosen = [name for name in encoders if name in fitted_models and report.certificates]
    checked = [EncoderParameters.model_validate(encoders[name]) for name in chosen]
    return certify([Subject.of(encoder.name, CONFIGURED, encoder.options) for encoder in checked])


def _first_seeds(fitted_models: FittedModels) -> list[Any]:
    return [next(iter(by_seed.values())) for by_seed in fitted_models.values()]
