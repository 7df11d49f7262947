"""Nodes of the inspection pipeline. PyTorch is imported when a node runs, not when it is listed."""

from typing import Any

import pandas as pd
import plotly.graph_objects as go

from sequence_learning.evaluation.fitted import FittedModels
from sequence_learning.evaluation.parameters import InterpretationParameters, LatencyParameters, RobustnessParameters
from sequence_learning.features.model_input import ModelInput
from sequence_learning.features.split import units_of
from sequence_learning.features.transformer import FeatureTransformer
from sequence_learning.parameters import EncoderParameters, SchemaParameters, TrainingParameters


def measure_latency(
    fitted_models: FittedModels,
    model_input: ModelInput,
    entities: pd.DataFrame,
    events: pd.DataFrame,
    feature_transformer: dict[str, Any],
    latency: LatencyParameters,
    training: TrainingParameters,
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, go.Figure, dict[str, Any]]:
    """Prediction time of each model's first seed: on test rows, at growing lengths, its exponent; and the machine."""
    from sequence_learning.evaluation import latency as measure
    from sequence_learning.evaluation.machine import describe_machine

    tables = measure.RawTables(entities, events, FeatureTransformer.model_validate(feature_transformer))
    models = _first_seeds(fitted_models)
    graphs = measure.export_graphs(models, training.n_workers) if latency.onnx else {}
    scaling = measure.measure_scaling(models, graphs, latency)
    return (
        measure.measure_latency(model_input, models, graphs, tables, latency),
        scaling,
        measure.exponents(scaling, models),
        measure.plot_scaling(scaling),
        describe_machine(),
    )


def measure_footprint(fitted_models: FittedModels, model_input: ModelInput) -> pd.DataFrame:
    """Size on disk, memory and operations of each model's first seed."""
    from sequence_learning.evaluation.footprint import measure_footprint

    return measure_footprint(model_input, _first_seeds(fitted_models))


def measure_robustness(
    fitted_models: FittedModels,
    model_input: ModelInput,
    split: pd.DataFrame,
    schema: SchemaParameters,
    robustness: RobustnessParameters,
    training: TrainingParameters,
) -> tuple[pd.DataFrame, go.Figure]:
    """What trained models lose when test sequences are shuffled or cut."""
    from sequence_learning.evaluation.robustness import drops, plot_drops, predict_altered

    altered = predict_altered(model_input, split, fitted_models, robustness, training.n_workers)
    table = drops(schema.task, altered, units_of(split))
    return table, plot_drops(table)


def interpret_models(
    fitted_models: FittedModels,
    model_input: ModelInput,
    feature_transformer: dict[str, Any],
    interpretation: InterpretationParameters,
    training: TrainingParameters,
) -> Any:  # noqa: ANN401
    """What models look at: tables, plots, and a sentence for each."""
    raise NotImplementedError


def certify_encoders(encoders: dict[str, Any], fitted_models: FittedModels) -> pd.DataFrame:
    """The certificates of the encoders that were trained, as they are configured."""
    from sequence_learning.certificates.certify import CONFIGURED, certify
    from sequence_learning.certificates.subject import Subject

    checked = [EncoderParameters.model_validate(block) for name, block in encoders.items() if name in fitted_models]
    return certify([Subject.of(encoder.name, CONFIGURED, encoder.options) for encoder in checked])


def _first_seeds(fitted_models: FittedModels) -> list[Any]:
    return [next(iter(by_seed.values())) for by_seed in fitted_models.values()]
