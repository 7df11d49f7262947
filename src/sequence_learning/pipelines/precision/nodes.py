"""Nodes of the precision pipeline. PyTorch is imported when a node runs, not when it is listed."""

from typing import Any

import pandas as pd

from sequence_learning.evaluation.precision import compare_precisions
from sequence_learning.features.model_input import ModelInput
from sequence_learning.fits.store import FitStore
from sequence_learning.parameters import ModelParameters, TrainingParameters


def measure_precisions(
    model_input: ModelInput,
    precision_store: FitStore,
    encoders: dict[str, Any],
    model: ModelParameters,
    training: TrainingParameters,
) -> pd.DataFrame:
    """Fit every encoder in both, with every seed."""
    from sequence_learning.fits.precision import measure_precisions

    return measure_precisions(model_input, precision_store, encoders, model, training)


def choose_precisions(
    precision_results: pd.DataFrame, training: TrainingParameters
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """What was found, and what it means on this hardware."""
    from sequence_learning.fits.precision import hardware

    table = compare_precisions(precision_results)
    chosen = dict(zip(table["encoder"], table["precision"], strict=True))
    return table, {"hardware": hardware(training), "encoders": chosen}
