"""Scores of a trained model on one part of the rows."""

from typing import TYPE_CHECKING

import pandas as pd

from sequence_learning.features.model_input import ModelInput
from sequence_learning.metrics import score

if TYPE_CHECKING:
    from sequence_learning.model import SequenceModel


def score_part(model: "SequenceModel", model_input: ModelInput, part: str) -> dict[str, float]:
    """Every metric of :func:`~sequence_learning.metrics.score` on the rows of ``part``, on one thread."""
    from sequence_learning.training.predict import original_target, predict
    from sequence_learning.training.threads import single_thread

    rows = model_input.rows(part)
    with single_thread():
        columns = predict(model, model_input, rows)
    table = pd.DataFrame({"target": original_target(model_input, rows), **columns})
    return score(model_input.target_spec.task, table)
