"""The baseline that knows no features at all."""

import numpy as np
import pandas as pd

from sequence_learning.features.model_input import ModelInput
from sequence_learning.training.predict import original_target


def predict_the_mean(model_input: ModelInput) -> pd.DataFrame:
    """Predict, for every test row, the training rows' mean, or their share of each class.

    Returns:
        ``target`` beside ``prediction`` or ``p_0``, ``p_1``, ...
    """
    train, test = model_input.rows("train"), model_input.rows("test")
    table: dict[str, object] = {"target": original_target(model_input, test)}
    if model_input.target_spec.task == "regression":
        table["prediction"] = np.full(len(test), original_target(model_input, train).mean())
    else:
        n_classes = len(model_input.target_spec.classes)
        share = np.bincount(model_input.target[train].astype(int), minlength=n_classes) / len(train)
        table |= {f"p_{k}": np.full(len(test), share[k]) for k in range(n_classes)}
    return pd.DataFrame(table)
