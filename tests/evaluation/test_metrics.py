import numpy as np
import pandas as pd
import pytest

from sequence_learning.evaluation.metrics import METRICS, score
from sequence_learning.parameters import Task


def table(target: list[float], *probabilities: list[float]) -> pd.DataFrame:
    """A row of probabilities per target."""
    columns = {f"p_{k}": column for k, column in enumerate(zip(*probabilities, strict=True))}
    return pd.DataFrame({"target": target} | columns)


def log_loss(*true_class: float) -> float:
    return float(-np.log(true_class).mean())


def test_regression() -> None:
    predictions = pd.DataFrame({"target": [1.0, 2, 3, 4], "prediction": [1.0, 2, 3, 6]})
    assert score("regression", predictions) == pytest.approx({"r2": 1 - 4 / 5, "rmse": 1.0, "mae": 0.5})


def test_binary() -> None:
    predictions = table([0, 0, 1, 1], [0.9, 0.1], [0.6, 0.4], [0.65, 0.35], [0.2, 0.8])
    assert score("binary", predictions) == pytest.approx(
        {
            "auc": 3 / 4,
            "average_precision": 1 / 2 * 1 + 1 / 2 * 2 / 3,
            "accuracy": 3 / 4,
            "log_loss": log_loss(0.9, 0.6, 0.35, 0.8),
        }
    )


def test_multiclass() -> None:
    predictions = table([0, 1, 2, 2], [0.7, 0.2, 0.1], [0.2, 0.6, 0.2], [0.1, 0.2, 0.7], [0.5, 0.3, 0.2])
    assert score("multiclass", predictions) == pytest.approx(
        {
            "accuracy": 3 / 4,
            "auc": (1 + 1 + 3.5 / 4) / 3,
            "f1": (2 / 3 + 1 + 2 / 3) / 3,
            "log_loss": log_loss(0.7, 0.6, 0.7, 0.2),
        }
    )


@pytest.mark.parametrize(
    ("task", "perfect", "best"),
    [
        ("regression", pd.DataFrame({"target": [1.0, 2.0], "prediction": [1.0, 2.0]}), [1, 0, 0]),
        ("binary", table([0, 1], [1.0, 0.0], [0.0, 1.0]), [1, 1, 1, 0]),
        ("multiclass", table([0, 1, 2], *np.eye(3).tolist()), [1, 1, 1, 0]),
    ],
)
def test_perfect_predictions_have_the_best_of_the_announced_scores(
    task: Task, perfect: pd.DataFrame, best: list[float]
) -> None:
    scores = score(task, perfect)
    assert tuple(scores) == METRICS[task]
    assert list(scores.values()) == pytest.approx(best, abs=1e-9)


@pytest.mark.filterwarnings("error")
def test_binary_scores_that_are_undefined_for_one_class_are_nan() -> None:
    scores = score("binary", table([1, 1], [0.4, 0.6], [0.6, 0.4]))
    assert np.isnan([scores["auc"], scores["average_precision"]]).all()
    assert scores["accuracy"] == 0.5
    assert scores["log_loss"] == pytest.approx(log_loss(0.6, 0.4))


@pytest.mark.filterwarnings("error")
def test_multiclass_auc_is_nan_where_a_class_is_absent() -> None:
    scores = score("multiclass", table([0, 2], [0.7, 0.2, 0.1], [0.1, 0.2, 0.7]))
    assert np.isnan(scores["auc"])
    assert scores["accuracy"] == 1.0
    assert scores["log_loss"] == pytest.approx(log_loss(0.7, 0.7))


def test_probabilities_of_more_than_ten_classes_keep_their_order() -> None:
    predictions = table(list(range(12)), *(np.eye(12) * 0.5 + 0.5 / 12).tolist())
    assert score("multiclass", predictions)["accuracy"] == 1.0


def test_other_columns_are_not_taken_for_probabilities() -> None:
    predictions = table([0, 1], [0.9, 0.1], [0.2, 0.8])
    assert score("binary", predictions.assign(p_value=9.0, seed=1, id=[1, 2])) == score("binary", predictions)
