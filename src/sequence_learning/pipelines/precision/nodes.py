"""Nodes of the precision pipeline. PyTorch is imported when a node runs, not when it is listed."""

from typing import Any

import pandas as pd

from sequence_learning.evaluation import ablation, precision
from sequence_learning.features.model_input import ModelInput
from sequence_learning.parameters import EncoderParameters, ModelParameters, SchemaParameters, TrainingParameters


def measure_precisions(
    model_input: ModelInput, encoders: dict[str, Any], model: ModelParameters, training: TrainingParameters
) -> pd.DataFrame:
    """Fit every encoder in both, with every seed."""
    typed = {name: EncoderParameters.model_validate(block) for name, block in encoders.items()}
    return ablation.measure_all(model_input, precision.plan_precisions(typed, model, training))


def choose_precisions(
    precision_results: pd.DataFrame, schema: SchemaParameters, training: TrainingParameters
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """What was found, and what it means on this hardware."""
    from sequence_learning.fits.precision import hardware

    table = precision.compare_precisions(schema.task, precision_results)
    chosen = dict(zip(table["encoder"], table["precision"], strict=True))
    return table, {"hardware": hardware(training), "encoders": chosen}
