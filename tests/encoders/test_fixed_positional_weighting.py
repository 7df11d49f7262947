import numpy as np
import pytest
import torch

from sequence_learning.encoders.configs.fixed_positional_weighting import FixedPositionalWeightingConfig
from sequence_learning.encoders.fixed_positional_weighting import FixedPositionalWeighting


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


def test_exponential_weights_halve_with_every_half_life_of_time() -> None:
    config = FixedPositionalWeightingConfig(decay="exponential", half_life=10.0, unit="time")
    ages = torch.tensor([[45.0, 25.0, 15.0]])
    weight = FixedPositionalWeighting(3, config)(torch.eye(3).unsqueeze(0), torch.tensor([3]), ages)[0].numpy()
    np.testing.assert_allclose(weight / weight[2], [0.125, 0.5, 1.0], rtol=1e-5)
    np.testing.assert_allclose(weight.sum(), 1.0, rtol=1e-6)


def test_events_long_before_the_prediction_still_have_weights() -> None:
    config = FixedPositionalWeightingConfig(decay="exponential", half_life=1.0, unit="time")
    ages = torch.tensor([[1e6 + 1, 1e6]])
    weight = FixedPositionalWeighting(2, config)(torch.eye(2).unsqueeze(0), torch.tensor([2]), ages)
    torch.testing.assert_close(weight, torch.tensor([[1 / 3, 2 / 3]]), rtol=0.01, atol=0)


def test_weights_in_time_need_ages() -> None:
    config = FixedPositionalWeightingConfig(decay="exponential", half_life=1, unit="time")
    with pytest.raises(ValueError, match=r"need the age of every step, but none is given; set schema\.time"):
        FixedPositionalWeighting(1, config)(torch.ones(1, 2, 1), torch.tensor([2]))


def test_linear_decay_counts_steps() -> None:
    with pytest.raises(ValueError, match="linear decay counts steps, got unit 'time'; use decay: exponential"):
        FixedPositionalWeightingConfig(decay="linear", half_life=1, unit="time")


def test_a_half_life_in_time_is_given_in_the_units_of_the_data() -> None:
    with pytest.raises(ValueError, match="half-life in time must be given in the units of the data, got none"):
        FixedPositionalWeightingConfig(decay="exponential", unit="time")


@pytest.mark.parametrize("decay", ["linear", "exponential"])
def test_the_newest_step_weighs_most(decay: str) -> None:
    assert (np.diff(weights(6, decay=decay)) > 0).all()


def test_there_is_nothing_to_learn() -> None:
    assert not list(FixedPositionalWeighting(3).parameters())
