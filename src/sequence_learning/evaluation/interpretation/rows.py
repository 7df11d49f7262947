"""Some rows of prepared features by themselves."""

import numpy as np

from sequence_learning.features.model_input import ModelInput


def only(model_input: ModelInput, rows: np.ndarray) -> ModelInput:
    """These rows and their events, the shortest first: batches of neighbours then need little padding."""
    return model_input.select(rows[np.argsort(model_input.lengths_of(rows), kind="stable")])
