"""Nodes of the ablation pipeline."""

from typing import Any

import pandas as pd
import plotly.graph_objects as go

from sequence_learning.evaluation import ablation, plots
from sequence_learning.features.model_input import ModelInput
from sequence_learning.fits.store import FitStore
from sequence_learning.parameters import (
    AblationParameters,
    EncoderParameters,
    ModelParameters,
    SchemaParameters,
    TrainingParameters,
)


def plan_ablations(
    model_input: ModelInput,
    ablations: AblationParameters,
    encoders: dict[str, Any],
    model: ModelParameters,
    training: TrainingParameters,
) -> list[ablation.Variation]:
    """Every change of the chosen groups on every encoder that they name; mistakes show before anything is trained."""
    # Typed here: if Kedro typed the whole block, it would no longer find single encoders in it.
    typed = {name: EncoderParameters.model_validate(block) for name, block in encoders.items()}
    return ablation.plan_variations(model_input, ablations, typed, model, training)


def measure_ablations(
    model_input: ModelInput,
    fit_store: FitStore,
    precision_choices: dict[str, Any],
    ablation_plan: list[ablation.Variation],
    training: TrainingParameters,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Fit and score each with every seed; and the fits that failed."""
    from sequence_learning.fits.precision import chosen_here

    return ablation.measure_all(model_input, ablation_plan, fit_store, chosen_here(precision_choices, training))


def summarise_ablations(ablation_results: pd.DataFrame, schema: SchemaParameters) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Means over seeds and gains, twice: for Parquet and for JSON."""
    summary = ablation.summarise(schema.task, ablation_results)
    return summary, summary


def plot_ablations(ablations: pd.DataFrame) -> go.Figure:
    """Scores of every change, by group."""
    return plots.plot_ablations(ablations)
