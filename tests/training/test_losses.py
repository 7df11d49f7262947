from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sequence_learning.features.model_input import ModelInput
from sequence_learning.parameters import Task
from sequence_learning.training.losses import balanced_weights, build_loss
from tests.builders import TASKS, make_model_input, make_training

CLASSES: tuple[Task, ...] = ("binary", "multiclass")
ROWS = 7


def numbers(*shape: int) -> st.SearchStrategy[np.ndarray]:
    return arrays(np.float32, shape, elements=st.floats(-8, 8, width=32))


def probabilities(task: Task, output: np.ndarray) -> np.ndarray:
    """Of every class, ``(B, K)``."""
    logits = output.astype(np.float64)
    if task == "binary":
        logits = np.concatenate([np.zeros_like(logits), logits], axis=1)
    exponentials = np.exp(logits)
    return np.asarray(exponentials / exponentials.sum(axis=1, keepdims=True))


def loss_of(task: Task, output: Any, target: Any, weights: Any = None, **training: Any) -> float:
    loss = build_loss(task, make_training(**training), None if weights is None else torch.tensor(weights))
    targets = torch.as_tensor(target)
    return float(loss(torch.as_tensor(output), targets.long() if task == "multiclass" else targets.float()))


def with_target(data: ModelInput, target: list[int]) -> ModelInput:
    return replace(data, target=np.array(target, dtype=np.float32), part=np.zeros(len(target), dtype=np.uint8))


@given(output=numbers(ROWS, 1), target=numbers(ROWS))
def test_standard_is_the_squared_error_of_numbers(output: np.ndarray, target: np.ndarray) -> None:
    expected = np.square(output[:, 0].astype(np.float64) - target).mean()
    assert loss_of("regression", output, target) == pytest.approx(expected, rel=1e-5, abs=1e-6)


@given(output=numbers(ROWS, 1), target=numbers(ROWS))
def test_huber_is_squared_up_to_one_and_absolute_beyond(output: np.ndarray, target: np.ndarray) -> None:
    error = np.abs(output[:, 0].astype(np.float64) - target)
    expected = np.where(error <= 1, error**2 / 2, error - 0.5).mean()
    assert loss_of("regression", output, target, loss="huber") == pytest.approx(expected, rel=1e-5, abs=1e-6)


@pytest.mark.parametrize("task", CLASSES)
@given(data=st.data())
def test_losses_of_classes_follow_their_formula(task: Task, data: st.DataObject) -> None:
    n_classes = 2 if task == "binary" else 3
    output = data.draw(numbers(ROWS, 1 if task == "binary" else 3))
    target = data.draw(arrays(np.int64, ROWS, elements=st.integers(0, n_classes - 1)))
    weights = data.draw(st.none() | st.lists(st.floats(0, 5, width=32), min_size=n_classes, max_size=n_classes))
    gamma = data.draw(st.sampled_from([0.5, 1.0, 2.0, 5.0]))
    own = probabilities(task, output)[np.arange(ROWS), target]
    weight = np.ones(ROWS) if weights is None else np.array(weights)[target]
    standard, focal = -np.log(own) * weight, -((1 - own) ** gamma) * np.log(own) * weight
    assert loss_of(task, output, target, weights) == pytest.approx(standard.mean(), rel=1e-4, abs=1e-6)
    assert loss_of(task, output, target, weights, loss="focal", focal_gamma=gamma) == pytest.approx(
        focal.mean(), rel=1e-4, abs=1e-6
    )


@pytest.mark.parametrize("task", CLASSES)
def test_a_focal_loss_with_gamma_near_zero_is_cross_entropy(task: Task) -> None:
    output = torch.randn(ROWS, 1 if task == "binary" else 3, generator=torch.Generator().manual_seed(0))
    target = torch.arange(ROWS) % 2
    focal = loss_of(task, output, target, loss="focal", focal_gamma=1e-9)
    assert focal == pytest.approx(loss_of(task, output, target), rel=1e-6)


@pytest.mark.parametrize("task", CLASSES)
@pytest.mark.parametrize("gamma", [0.001, 0.5, 1.0, 2.0])
@pytest.mark.parametrize("size", [0.0, 18.0, 100.0])
def test_a_row_of_which_the_model_is_certain_has_a_finite_gradient(task: Task, gamma: float, size: float) -> None:
    """A row predicted as well as can be has a loss of zero, of which a power below one has no slope."""
    output = torch.tensor([[-size], [size]] if task == "binary" else [[size, 0, 0], [0, size, 0]], requires_grad=True)
    target = torch.tensor([0, 1])
    loss = build_loss(task, make_training(loss="focal", focal_gamma=gamma))
    loss(output, target.float() if task == "binary" else target).backward()
    assert output.grad is not None
    assert torch.isfinite(output.grad).all()


@given(target=st.lists(st.integers(0, 2), min_size=1, max_size=60))
def test_balanced_classes_have_the_same_total_weight_and_one_on_average(target: list[int]) -> None:
    data = with_target(make_model_input("multiclass", len(target)), target)
    weights, counts = balanced_weights(data).double().numpy(), np.bincount(target, minlength=3)
    assert weights.shape == (3,)
    totals = weights * counts
    np.testing.assert_allclose(totals[counts > 0], len(target) / (counts > 0).sum(), rtol=1e-6)
    assert not weights[counts == 0].any()
    assert weights[target].mean() == pytest.approx(1, rel=1e-6)


def test_balanced_weights_count_training_rows_alone() -> None:
    data = with_target(make_model_input("binary", 6), [0, 0, 0, 1, 1, 1])
    held_out = replace(data, part=np.array([0, 0, 0, 0, 1, 2], dtype=np.uint8))
    assert balanced_weights(held_out).tolist() == pytest.approx([4 / 6, 4 / 2])


@pytest.mark.parametrize("changes", [{"loss": "focal"}, {"class_weights": "balanced"}])
def test_what_is_for_classes_is_refused_for_numbers(changes: dict[str, str]) -> None:
    message = (
        r"^training\.loss focal and training\.class_weights are for classes, got a regression target; "
        r"use standard or huber, and class_weights: none$"
    )
    with pytest.raises(ValueError, match=message):
        build_loss("regression", make_training(**changes))


@pytest.mark.parametrize("task", CLASSES)
def test_huber_is_refused_for_classes(task: Task) -> None:
    message = r"^training\.loss huber is for numbers, got classes as target; use standard or focal$"
    with pytest.raises(ValueError, match=message):
        build_loss(task, make_training(loss="huber"))


@pytest.mark.parametrize("task", TASKS)
def test_by_default_all_rows_count_alike(task: Task) -> None:
    n_outputs = 3 if task == "multiclass" else 1
    output = torch.randn(ROWS, n_outputs, generator=torch.Generator().manual_seed(1))
    target = torch.arange(ROWS) % 2
    alone = [loss_of(task, output[[i]], target[[i]]) for i in range(ROWS)]
    assert loss_of(task, output, target) == pytest.approx(np.mean(alone), rel=1e-5)
