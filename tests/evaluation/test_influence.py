from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, r2_score, roc_auc_score

from sequence_learning.evaluation.influence import score_and_influence
from sequence_learning.parameters import Task
from tests.builders import TASKS

STEP = 1e-6


def weighted_score(task: Task, target: np.ndarray, predicted: np.ndarray, weight: np.ndarray | None = None) -> float:
    """What scikit-learn says."""
    if task == "regression":
        return float(r2_score(target, predicted, sample_weight=weight))
    if task == "binary":
        return float(roc_auc_score(target, predicted[:, 1], sample_weight=weight))
    return float(accuracy_score(target, predicted.argmax(axis=1), sample_weight=weight))


def some_rows(task: Task, n: int, seed: int, *, ties: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Targets of at least two values, and predictions that have something to do with them."""
    rng = np.random.default_rng(seed)
    if task == "regression":
        target = rng.normal(3, 2, n)
        predicted = target + rng.normal(size=n)
        return target, predicted.round() if ties else predicted
    target = np.concatenate([[0, 1], rng.integers(0, 2 if task == "binary" else 4, n - 2)])
    odds = rng.normal(size=(n, 2 if task == "binary" else 4))
    odds[np.arange(n), target] += 1
    predicted = np.exp(odds) / np.exp(odds).sum(axis=1, keepdims=True)
    return target, predicted.round(1) if ties else predicted


rows = st.tuples(st.sampled_from(TASKS), st.integers(3, 40), st.integers(0, 10**6), st.booleans())


@given(rows)
def test_the_influence_is_the_derivative_of_the_score_by_the_weight_of_the_row(drawn: Any) -> None:
    task, n, seed, ties = drawn
    target, predicted = some_rows(task, n, seed, ties=ties)
    _, influence = score_and_influence(task, target, predicted)
    for row in range(n):
        more, less = np.ones(n), np.ones(n)
        more[row] += STEP
        less[row] -= STEP
        change = weighted_score(task, target, predicted, more) - weighted_score(task, target, predicted, less)
        assert influence[row] == pytest.approx(n * change / (2 * STEP), rel=1e-4, abs=1e-4)


@given(rows)
def test_the_score_is_scikit_learns_and_the_mean_influence_is_zero(drawn: Any) -> None:
    task, n, seed, ties = drawn
    target, predicted = some_rows(task, n, seed, ties=ties)
    score, influence = score_and_influence(task, target, predicted)
    assert score == pytest.approx(weighted_score(task, target, predicted))
    assert influence.shape == (n,)
    assert influence.mean() == pytest.approx(0, abs=1e-9)


def test_equal_probabilities_count_half() -> None:
    target, positive = np.array([0, 1, 1]), np.array([0.5, 0.5, 0.9])
    score, influence = score_and_influence("binary", target, np.stack([1 - positive, positive], axis=1))
    assert score == pytest.approx(0.75)
    assert influence == pytest.approx([0, -0.375, 0.375])


def test_the_same_prediction_for_all_has_an_auc_of_one_half_that_no_row_moves() -> None:
    score, influence = score_and_influence("binary", np.array([0, 1, 1, 0]), np.full((4, 2), 0.5))
    assert score == 0.5
    assert influence.tolist() == [0, 0, 0, 0]


@pytest.mark.parametrize(
    ("task", "target", "predicted"),
    [
        ("binary", np.ones(4), np.full((4, 2), 0.5)),
        ("binary", np.zeros(4), np.full((4, 2), 0.5)),
        ("regression", np.full(3, 0.1), np.array([0.1, 0.2, 0.3])),  # the mean of these is not exactly 0.1
    ],
)
def test_a_score_that_is_not_defined_is_missing_and_so_are_its_influences(
    task: Task, target: np.ndarray, predicted: np.ndarray
) -> None:
    score, influence = score_and_influence(task, target, predicted)
    assert np.isnan(score)
    assert influence.shape == target.shape
    assert np.isnan(influence).all()


def test_accuracy_is_defined_for_one_class_alone() -> None:
    score, influence = score_and_influence("multiclass", np.array([2, 2]), np.array([[0.1, 0.2, 0.7], [0.5, 0.2, 0.3]]))
    assert score == 0.5
    assert influence.tolist() == [0.5, -0.5]
