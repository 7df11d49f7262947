import math

import numpy as np
import pytest
import torch

from sequence_learning.encoders.configs.learned_decay import LearnedDecayConfig
from sequence_learning.encoders.learned_decay import LearnedDecay


def reference(row: np.ndarray, half_lives: np.ndarray) -> np.ndarray:
    weight = 2.0 ** (-np.arange(len(row))[::-1] / half_lives[:, None])
    return (weight / weight.sum(axis=1, keepdims=True)) @ row


def test_vector_is_that_of_numpy_on_each_row() -> None:
    torch.manual_seed(0)
    encoder = LearnedDecay(3, LearnedDecayConfig(n_decays=2)).double()
    with torch.no_grad():
        encoder.log_half_life.normal_()
    x, lengths = torch.randn(3, 7, 3, dtype=torch.float64), [7, 1, 4]
    half_lives = encoder.log_half_life.exp().detach().numpy()
    expected = [
        np.concatenate([reference(x[b, :n, d].numpy(), half_lives[d]) for d in range(3)]) for b, n in enumerate(lengths)
    ]
    vector = encoder(x, torch.tensor(lengths)).detach().numpy()
    np.testing.assert_allclose(vector, np.stack(expected), rtol=1e-12)


def test_half_lives_in_time_count_ages() -> None:
    torch.manual_seed(0)
    steps, time = (LearnedDecay(2, LearnedDecayConfig(unit=unit, shortest=2, longest=16)) for unit in ("steps", "time"))
    x, lengths = torch.randn(2, 4, 2), torch.tensor([4, 2])
    as_steps = torch.tensor([[3.0, 2.0, 1.0, 0.0], [1.0, 0.0, torch.nan, torch.nan]])
    torch.testing.assert_close(time(x, lengths, as_steps), steps(x, lengths))
    assert not torch.allclose(time(x, lengths, as_steps * 2), steps(x, lengths))


def test_half_lives_in_time_start_in_the_units_of_the_data() -> None:
    with pytest.raises(ValueError, match="must start in the units of the data, got no shortest or no longest"):
        LearnedDecayConfig(unit="time", shortest=3)


def test_half_lives_start_in_order() -> None:
    with pytest.raises(ValueError, match=r"shortest must not exceed longest, got 9\.0 and 3\.0; exchange them"):
        LearnedDecayConfig(shortest=9, longest=3)


def test_half_lives_start_evenly_between_shortest_and_longest() -> None:
    encoder = LearnedDecay(1, LearnedDecayConfig(n_decays=3, shortest=1, longest=16))
    np.testing.assert_allclose(encoder.log_half_life.detach().exp().numpy(), [[1, 4, 16]], rtol=1e-6)


def test_the_half_life_of_the_data_is_learned() -> None:
    torch.manual_seed(0)
    x, lengths = torch.randn(512, 20, 1), torch.full((512,), 20)
    weight = 0.5 ** (torch.arange(20).flip(0) / 3.0)
    target = (x[:, :, 0] * weight).sum(dim=1) / weight.sum()
    encoder = LearnedDecay(1, LearnedDecayConfig(n_decays=1, shortest=10))
    optimizer = torch.optim.Adam(encoder.parameters(), lr=0.05)
    for _ in range(150):
        optimizer.zero_grad()
        (encoder(x, lengths)[:, 0] - target).square().mean().backward()
        optimizer.step()
    assert math.isclose(encoder.log_half_life.exp().item(), 3.0, rel_tol=0.02)


def test_a_long_history_and_short_half_lives_stay_finite() -> None:
    encoder = LearnedDecay(1, LearnedDecayConfig(shortest=1e-3, longest=1e-3))
    vector = encoder(torch.ones(1, 5000, 1), torch.tensor([5000]))
    torch.testing.assert_close(vector, torch.ones(1, 2))
