import numpy as np
import pytest
import torch

from sequence_learning.encoders.fixed_positional_weighting import (
    FixedPositionalWeighting,
    FixedPositionalWeightingConfig,
)


def weights(length: int, **options: object) -> np.ndarray:
    """The weight of each step, oldest first: each step is the unit vector of its own channel."""
    encoder = FixedPositionalWeighting(length, FixedPositionalWeightingConfig.model_validate(options))
    return encoder(torch.eye(length, dtype=torch.float64).unsqueeze(0), torch.tensor([length])).squeeze(0).numpy()


@pytest.mark.parametrize("n", [1, 2, 7])
def test_linear_weights_fall_to_zero_just_past_the_oldest_step(n: int) -> None:
    expected = np.arange(1, n + 1) / n
    np.testing.assert_allclose(weights(n, decay="linear"), expected / expected.sum())


def test_exponential_weights_halve_every_half_life() -> None:
    weight = weights(9, decay="exponential", half_life=4.0)
    np.testing.assert_allclose(weight[:-4] / weight[4:], 0.5)
    np.testing.assert_allclose(weight.sum(), 1.0)


def test_an_older_prefix_keeps_the_exponential_weights_in_proportion() -> None:
    short, long = (weights(n, decay="exponential") for n in (3, 8))
    np.testing.assert_allclose(long[-3:] / long[-1], short / short[-1])


@pytest.mark.parametrize("decay", ["linear", "exponential"])
def test_the_newest_step_weighs_most(decay: str) -> None:
    assert (np.diff(weights(6, decay=decay)) > 0).all()


def test_there_is_nothing_to_learn() -> None:
    assert not list(FixedPositionalWeighting(3).parameters())
