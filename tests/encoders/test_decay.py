import pytest
import torch

from sequence_learning.encoders.decay import halving, shares
from sequence_learning.encoders.steps import Steps


def steps_of(*ages: list[float]) -> Steps:
    """Rows of one channel with events of these ages."""
    n_steps = max(map(len, ages))
    padded = torch.tensor([[*row, *[0.0] * (n_steps - len(row))] for row in ages])
    return Steps.of(torch.ones(len(ages), n_steps, 1), torch.tensor(list(map(len, ages))), padded)


def test_weights_halve_with_every_half_life_in_steps() -> None:
    weights = halving(steps_of([9, 9, 9], [9], []), 0.5, "steps")
    torch.testing.assert_close(weights, torch.tensor([[0.5, 0.5**0.5, 1], [1, 0, 0], [0, 0, 0]]))


def test_half_lives_of_channels_have_weights_of_their_own() -> None:
    weights = halving(steps_of([9, 9]), torch.tensor([[1.0, 0.5]]), "steps")
    torch.testing.assert_close(weights, torch.tensor([[[[0.5, 0.5**0.5]], [[1, 1]]]]))


@pytest.mark.parametrize("beginning", [0.0, 1.0, 1e6])
def test_in_time_the_nearest_event_weighs_one_whatever_its_age_and_place(beginning: float) -> None:
    weights = halving(steps_of([beginning, beginning + 3, beginning + 1], [beginning], []), 1.0, "time")
    torch.testing.assert_close(weights, torch.tensor([[1, 0.125, 0.5], [1, 0, 0], [0, 0, 0]]))


@pytest.mark.parametrize("half_life", [1e-30, 1.0, 1e30])
def test_half_lives_of_any_size_have_finite_gradients_beside_empty_rows_and_old_events(half_life: float) -> None:
    log_half_life = torch.tensor([[half_life]]).log().requires_grad_()
    steps = steps_of([1e6, 5e5], [], [3e5])
    weights = shares(steps, halving(steps, torch.exp(-log_half_life), "time"))
    (weights * torch.arange(6).view(3, 2, 1, 1)).sum().backward()
    assert weights.isfinite().all()
    assert log_half_life.grad is not None
    assert log_half_life.grad.isfinite().all()


def test_shares_sum_to_one_unless_there_is_nothing() -> None:
    steps = steps_of([9, 9, 9], [9], [])
    weights = shares(steps, halving(steps, 1.0, "steps"))
    torch.testing.assert_close(weights.sum(dim=1), torch.tensor([1.0, 1.0, 0.0]))
    torch.testing.assert_close(weights[0], torch.tensor([1.0, 2.0, 4.0]) / 7)
