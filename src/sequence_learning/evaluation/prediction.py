"""Predictions of a fitted model, encoder or baseline."""

import numpy as np

from sequence_learning.baselines.base import Baseline
from sequence_learning.features.model_input import ModelInput
from sequence_learning.training.checkpoint import Checkpoint


def predict_rows(model: Checkpoint | Baseline, model_input: ModelInput, rows: np.ndarray) -> dict[str, np.ndarray]:
    """Predictions in the units of the target, or a probability per class, by column; on one thread."""
    from sequence_learning.training.predict import predict
    from sequence_learning.training.threads import single_thread

    with single_thread():
        if isinstance(model, Baseline):
            return model.predict(model_input, rows)
        return predict(model.load_model(), model_input, rows)
