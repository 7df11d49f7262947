from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from sequence_learning.baselines.base import BaselineConfig
from sequence_learning.baselines.predict_the_mean import PredictTheMean
from sequence_learning.features.model_input import ModelInput
from sequence_learning.metrics import score
from sequence_learning.training.predict import original_target
from tests.builders import make_model_input


def predict_the_mean(data: ModelInput) -> pd.DataFrame:
    """The test rows' predictions beside their targets."""
    fitted, rounds = PredictTheMean.fit(data, BaselineConfig(), seed=0)
    assert rounds == []
    rows = data.rows("test")
    return pd.DataFrame({"target": original_target(data, rows)} | fitted.predict(data, rows))


def test_regression_predicts_the_mean_of_the_training_rows(regression_input: ModelInput) -> None:
    table = predict_the_mean(regression_input)
    expected = regression_input.target[regression_input.rows("train")].mean(dtype=np.float64) * 2.5 + 10.0
    np.testing.assert_allclose(table["prediction"], expected)


@pytest.mark.parametrize("seed", range(3))
def test_the_mean_explains_nothing(seed: int) -> None:
    r2 = score("regression", predict_the_mean(make_model_input(n_rows=500, seed=seed)))["r2"]
    assert -0.1 < r2 <= 1e-12


def test_classes_are_predicted_by_their_share_of_the_training_rows() -> None:
    data = make_model_input("multiclass", n_rows=10)
    table = predict_the_mean(replace(data, target=np.array([0, 2, 2, 1, 1, 2, 0, 2, 1, 1], dtype=np.float32)))
    assert table.to_dict("list") == {"target": [1, 1], "p_0": [2 / 6] * 2, "p_1": [0.0] * 2, "p_2": [4 / 6] * 2}


def test_shares_rank_nothing() -> None:
    table = predict_the_mean(make_model_input("binary"))
    assert score("binary", table)["auc"] == 0.5
    np.testing.assert_allclose(table["p_0"] + table["p_1"], 1.0)
