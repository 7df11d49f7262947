import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sequence_learning.metrics import METRICS, calibration_error, ranking_score, score
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
            "f1": (4 / 5 + 2 / 3) / 2,
            "log_loss": log_loss(0.9, 0.6, 0.35, 0.8),
            "brier": (0.1**2 + 0.4**2 + 0.65**2 + 0.2**2) / 4,
            "calibration_error": (0.1 + 0.4 + 0.65 + 0.2) / 4,
        }
    )


def test_multiclass() -> None:
    predictions = table([0, 1, 2, 2], [0.7, 0.2, 0.1], [0.2, 0.6, 0.2], [0.1, 0.2, 0.7], [0.5, 0.3, 0.2])
    assert score("multiclass", predictions) == pytest.approx(
        {
            "accuracy": 3 / 4,
            "balanced_accuracy": (1 + 1 + 1 / 2) / 3,
            "auc": (1 + 1 + 3.5 / 4) / 3,
            "average_precision": (1 + 1 + (1 / 2 * 1 + 1 / 2 * 2 / 3)) / 3,
            "f1": (2 / 3 + 1 + 2 / 3) / 3,
            "log_loss": log_loss(0.7, 0.6, 0.7, 0.2),
            "brier": ((0.09 + 0.04 + 0.01) + (0.04 + 0.16 + 0.04) + (0.01 + 0.04 + 0.09) + (0.25 + 0.09 + 0.64)) / 4,
            "calibration_error": (2 * (1 - 0.7) + (1 - 0.6) + 0.5) / 4,
        }
    )


@pytest.mark.parametrize(
    ("task", "perfect", "best"),
    [
        ("regression", pd.DataFrame({"target": [1.0, 2.0], "prediction": [1.0, 2.0]}), [1, 0, 0]),
        ("binary", table([0, 1], [1.0, 0.0], [0.0, 1.0]), [1, 1, 1, 1, 0, 0, 0]),
        ("multiclass", table([0, 1, 2], *np.eye(3).tolist()), [1, 1, 1, 1, 1, 0, 0, 0]),
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
def test_means_over_classes_are_nan_where_a_class_is_absent() -> None:
    scores = score("multiclass", table([0, 2], [0.7, 0.2, 0.1], [0.1, 0.2, 0.7]))
    assert {name for name, value in scores.items() if np.isnan(value)} == {
        "auc",
        "average_precision",
        "balanced_accuracy",
    }
    assert scores["accuracy"] == 1.0
    assert scores["log_loss"] == pytest.approx(log_loss(0.7, 0.7))


def test_probabilities_of_more_than_ten_classes_keep_their_order() -> None:
    predictions = table(list(range(12)), *(np.eye(12) * 0.5 + 0.5 / 12).tolist())
    assert score("multiclass", predictions)["accuracy"] == 1.0


def test_other_columns_are_not_taken_for_probabilities() -> None:
    predictions = table([0, 1], [0.9, 0.1], [0.2, 0.8])
    assert score("binary", predictions.assign(p_value=9.0, seed=1, id=[1, 2])) == score("binary", predictions)


def test_the_ranking_score_is_the_first_of_all() -> None:
    assert {task: names[0] for task, names in METRICS.items()} == {
        "regression": "r2",
        "binary": "auc",
        "multiclass": "accuracy",
    }
    predictions = table([0, 1, 1], [0.9, 0.1], [0.2, 0.8], [0.95, 0.05])
    assert ranking_score("binary", predictions) == score("binary", predictions)["auc"] == 0.5
    predictions = pd.DataFrame({"target": [1.0, 2, 3, 4], "prediction": [1.0, 2, 3, 6]})
    assert ranking_score("regression", predictions) == pytest.approx(1 - 4 / 5)


def test_the_calibration_error_weighs_bins_by_their_rows() -> None:
    # Three rows between 3/15 and 4/15, one between 14/15 and 1, and one that is certain in that same bin.
    probability = np.array([0.21, 0.24, 0.24, 0.96, 1.0])
    outcome = np.array([True, False, False, True, False])
    assert calibration_error(probability, outcome) == pytest.approx(3 / 5 * (1 / 3 - 0.23) + 2 / 5 * (0.98 - 1 / 2))


@given(st.integers(0, 1000), st.integers(2, 5))
def test_the_calibration_error_is_that_of_torchmetrics(seed: int, n_classes: int) -> None:
    import torch
    from torchmetrics.functional.classification import binary_calibration_error, multiclass_calibration_error

    rng = np.random.default_rng(seed)
    probabilities, target = rng.dirichlet(np.ones(n_classes), 200), rng.integers(0, n_classes, 200)
    columns = {f"p_{k}": probabilities[:, k] for k in range(n_classes)}
    own = score("binary" if n_classes == 2 else "multiclass", pd.DataFrame({"target": target} | columns))
    if n_classes == 2:
        theirs = binary_calibration_error(torch.tensor(probabilities[:, 1]), torch.tensor(target))
    else:
        theirs = multiclass_calibration_error(torch.tensor(probabilities), torch.tensor(target), n_classes)
    assert own["calibration_error"] == pytest.approx(float(theirs), abs=1e-6)
