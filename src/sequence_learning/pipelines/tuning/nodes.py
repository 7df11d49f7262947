"""Nodes of the tuning pipeline. PyTorch, LightGBM and Optuna are imported when a node runs, not when it is listed."""

from pathlib import Path
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from sequence_learning.features.model_input import ModelInput
from sequence_learning.fits.configuration import EncoderConfiguration, configure
from sequence_learning.metrics import METRICS
from sequence_learning.parameters import ModelParameters, SchemaParameters, TrainingParameters
from sequence_learning.tuning import TUNABLE, curves, plots, summary
from sequence_learning.tuning.parameters import SearchSpaces, TuningParameters
from sequence_learning.tuning.plan import Search, plan_searches


def plan_tuning(
    model_input: ModelInput,
    precision_choices: dict[str, Any],
    tuning: TuningParameters,
    search_spaces: SearchSpaces,
    encoders: dict[str, Any],
    baselines: dict[str, Any],
    model: ModelParameters,
    training: TrainingParameters,
) -> list[Search]:
    """Every search of every model; mistakes show before anything is trained."""
    from sequence_learning.fits.plan import resolve
    from sequence_learning.fits.precision import chosen_here

    # Blocks of models are typed there: if Kedro typed them whole, it would no longer find single models in them.
    tunable = {name: block for name, block in (encoders | baselines).items() if name in TUNABLE}
    precisions = chosen_here(precision_choices, training)
    configured = {
        name: resolve(one, precisions) if isinstance(one, EncoderConfiguration) else one
        for name, one in configure(tunable, model, training).items()
    }
    return plan_searches(model_input, tuning, search_spaces, configured)


def search_options(
    model_input: ModelInput, tuning_plan: list[Search], tuning_store: Path, training: TrainingParameters
) -> pd.DataFrame:
    """Run what the store does not hold yet: a row per trial."""
    from sequence_learning.fits.queue import workers_for_fits
    from sequence_learning.tuning.measure import measure

    return measure(model_input, tuning_plan, tuning_store, workers_for_fits(training))


def summarise_tuning(
    tuning_trials: pd.DataFrame, tuning: TuningParameters, schema: SchemaParameters
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """What was used and gained, twice (for Parquet and for JSON), and the best after so many trials or seconds."""
    summarised = summary.summarise(schema.task, tuning_trials, tuning)
    return summarised, summarised, curves.best_after(tuning_trials, tuning)


def choose_tuned(tuning_trials: pd.DataFrame, tuning_plan: list[Search]) -> dict[str, dict[str, Any]]:
    """The best options of each model."""
    return summary.choose(tuning_trials, tuning_plan)


def plot_tuning(tuning_curves: pd.DataFrame, schema: SchemaParameters) -> go.Figure:
    """The best after so many trials or seconds, as a figure."""
    return plots.plot_best_after(tuning_curves, METRICS[schema.task][0])
