"""Predictions and scores of fitted models on rows that did not train them."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sequence_learning.baselines.base import Baseline
from sequence_learning.features.model_input import ModelInput
from sequence_learning.metrics import score
from sequence_learning.training.checkpoint import Checkpoint

if TYPE_CHECKING:
    from sequence_learning.model import SequenceModel


def score_part(model: "SequenceModel", model_input: ModelInput, part: str) -> dict[str, float]:
    """Every metric of :func:`~sequence_learning.metrics.score` on the rows of ``part``, on one thread."""
    from sequence_learning.training.fit import single_thread
    from sequence_learning.training.predict import original_target, predict

    rows = model_input.rows(part)
    with single_thread():
        columns = predict(model, model_input, rows)
    table = pd.DataFrame({"target": original_target(model_input, rows), **columns})
    return score(model_input.target_spec.task, table)


def predict_rows(model: Checkpoint | Baseline, model_input: ModelInput, rows: np.ndarray) -> dict[str, np.ndarray]:
    """Predictions in the units of the target, or a probability per class, by column; on one thread."""
    from sequence_learning.training.fit import single_thread
    from sequence_learning.training.predict import predict

    with single_thread():
        if isinstance(model, Baseline):
            return model.predict(model_input, rows)
        return predict(model.load_model(), model_input, rows)
