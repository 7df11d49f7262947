import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from sequence_learning.encoders.pooling import halving, largest, mean, quantile, reversed_steps, shares, smallest, std
from sequence_learning.encoders.steps import Steps


def steps_of(*rows: list[float], ages: list[list[float]] | None = None) -> Steps:
    """Of one channel."""
    n_steps = max(map(len, rows))
    x, times = (
        torch.tensor([[*row, *[0.0] * (n_steps - len(row))] for row in table], dtype=torch.float64)
        for table in (rows, ages or rows)
    )
    return Steps.of(x.unsqueeze(-1), torch.tensor(list(map(len, rows))), times if ages else None)


def random_steps(lengths: list[int], n_channels: int = 2) -> Steps:
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(len(lengths), max(lengths), n_channels, generator=generator, dtype=torch.float64)
    return Steps.of(x, torch.tensor(lengths))


@given(lengths=st.lists(st.integers(1, 6), min_size=1, max_size=4), share=st.floats(0, 1))
def test_summaries_are_those_of_numpy(lengths: list[int], share: float) -> None:
    steps = random_steps(lengths)
    rows = [steps.values[b, :n].numpy() for b, n in enumerate(lengths)]
    for found, expected in (
        (mean(steps), [row.mean(axis=0) for row in rows]),
        (std(steps), [row.std(axis=0) for row in rows]),
        (largest(steps), [row.max(axis=0) for row in rows]),
        (smallest(steps), [row.min(axis=0) for row in rows]),
        (quantile(steps, share), [np.quantile(row, share, axis=0) for row in rows]),
    ):
        np.testing.assert_allclose(found, np.stack(expected), atol=1e-6)  # a root is taken of no less than 1e-12


def test_summaries_of_nothing_are_zero() -> None:
    steps = steps_of([], [5.0])
    for summary in (mean, std, largest, smallest, lambda some: quantile(some, 0.5)):
        assert summary(steps)[0].tolist() == [0.0]


def test_weights_halve_with_every_half_life_in_steps() -> None:
    weights = halving(steps_of([7.0, 7.0, 7.0], [7.0], []), 2.0, "steps")
    torch.testing.assert_close(weights, torch.tensor([[0.5, 0.5**0.5, 1], [1, 0, 0], [0, 0, 0]], dtype=torch.float64))


def test_half_lives_of_channels_have_weights_of_their_own() -> None:
    weights = halving(steps_of([7.0, 7.0]), torch.tensor([[1.0, 2.0]], dtype=torch.float64), "steps")
    torch.testing.assert_close(weights, torch.tensor([[[[0.5, 0.5**0.5]], [[1, 1]]]], dtype=torch.float64))


@pytest.mark.parametrize("beginning", [0.0, 1.0, 1e6])
def test_in_time_the_nearest_event_weighs_one_whatever_its_age_and_place(beginning: float) -> None:
    ages = [[beginning, beginning + 3, beginning + 1], [beginning], []]
    weights = halving(steps_of([7.0, 7.0, 7.0], [7.0], [], ages=ages), 1.0, "time")
    torch.testing.assert_close(weights, torch.tensor([[1, 0.125, 0.5], [1, 0, 0], [0, 0, 0]], dtype=torch.float64))


def test_half_lives_have_finite_gradients_beside_empty_rows_and_old_events() -> None:
    half_lives = torch.tensor([[1e-3]], dtype=torch.float64, requires_grad=True)
    steps = steps_of([7.0, 7.0], [], [7.0], ages=[[1e9, 5e8], [], [3e8]])
    weights = shares(steps, halving(steps, half_lives, "time"))
    (weights * torch.arange(6).view(3, 2, 1, 1)).sum().backward()
    assert half_lives.grad is not None
    assert half_lives.grad.isfinite().all()


def test_shares_sum_to_one_unless_there_is_nothing() -> None:
    steps = steps_of([7.0, 7.0, 7.0], [7.0], [])
    weights = shares(steps, halving(steps, 1.0, "steps"))
    torch.testing.assert_close(weights.sum(dim=1), torch.tensor([1.0, 1.0, 0.0], dtype=torch.float64))
    torch.testing.assert_close(weights[0], torch.tensor([1, 2, 4], dtype=torch.float64) / 7)


def test_real_steps_are_reversed_and_padding_stays() -> None:
    x = torch.tensor([[1, 2, 3, 0], [4, 0, 0, 0], [0, 0, 0, 0], [5, 6, 7, 8]]).unsqueeze(-1)
    reverse = reversed_steps(x, torch.tensor([3, 1, 0, 4]))
    assert reverse.squeeze(-1).tolist() == [[3, 2, 1, 0], [4, 0, 0, 0], [0, 0, 0, 0], [8, 7, 6, 5]]
