import numpy as np
import torch

from sequence_learning.encoders.configs.learned_static_positional_weighting import (
    LearnedStaticPositionalWeightingConfig,
)
from sequence_learning.encoders.learned_static_positional_weighting import STRIDE, LearnedStaticPositionalWeighting

LOGITS = [0.5, -1.0, 2.0, 0.0]


def weights(length: int, logits: list[float], n_padded: int = 0) -> np.ndarray:
    """The weight of each step, oldest first: each step is the unit vector of its own channel."""
    encoder = LearnedStaticPositionalWeighting(length, LearnedStaticPositionalWeightingConfig(n_positions=len(logits)))
    encoder.load_state_dict({"stored": torch.tensor(logits) / STRIDE})
    steps = torch.cat([torch.eye(length), torch.ones(n_padded, length)]).unsqueeze(0)
    return encoder(steps, torch.tensor([length])).squeeze(0).detach().numpy()


def test_weights_are_the_softmax_of_the_positions_back_from_the_newest() -> None:
    expected = np.exp(LOGITS[:3])[::-1]
    np.testing.assert_allclose(weights(3, LOGITS), expected / expected.sum(), rtol=1e-6)


def test_an_older_prefix_does_not_move_the_meaning_of_the_newest_steps() -> None:
    short, long = weights(2, LOGITS), weights(4, LOGITS, n_padded=3)
    np.testing.assert_allclose(np.log(short), np.log(long[-2:]) - np.log(long[-1]) + np.log(short[-1]), rtol=1e-5)
    np.testing.assert_allclose(np.log(long[::-1]) - np.log(long[-1]), np.array(LOGITS) - LOGITS[0], rtol=1e-5)


def test_events_older_than_the_last_position_share_its_weight() -> None:
    weight = weights(7, LOGITS)
    np.testing.assert_allclose(weight[:4], weight[3], rtol=1e-6)
    assert weight[3] != weight[4]


def test_training_starts_at_the_plain_mean() -> None:
    x = torch.randn(1, 5, 3, generator=torch.Generator().manual_seed(0))
    result = LearnedStaticPositionalWeighting(3)(x, torch.tensor([5]))
    torch.testing.assert_close(result, x.mean(dim=1))


def test_one_number_is_learned_per_position() -> None:
    assert sum(p.numel() for p in LearnedStaticPositionalWeighting(9).parameters()) == 64


def test_signed_weights_hold_one_event_against_another() -> None:
    config = LearnedStaticPositionalWeightingConfig(n_positions=2, weights="signed")
    encoder = LearnedStaticPositionalWeighting(1, config)
    x, lengths = torch.tensor([[[5.0], [2.0]], [[7.0], [0.0]]]), torch.tensor([2, 1])
    torch.testing.assert_close(encoder(x, lengths), torch.tensor([[3.5], [7.0]]))  # it starts as the plain mean
    encoder.load_state_dict({"stored": torch.tensor([1.0, -1.0]) / STRIDE})
    torch.testing.assert_close(encoder(x, lengths), torch.tensor([[(2.0 - 5.0) / 2], [7.0]]))


def test_a_steep_profile_is_found_in_a_few_hundred_steps() -> None:
    generator = torch.Generator().manual_seed(0)
    true = torch.linspace(-3, 3, 10).softmax(dim=0)[torch.randperm(10, generator=generator)]
    encoder = LearnedStaticPositionalWeighting(1, LearnedStaticPositionalWeightingConfig(n_positions=10))
    optimizer = torch.optim.AdamW(encoder.parameters(), lr=0.005)
    lengths = torch.full((256,), 10)
    for _ in range(300):
        x = torch.randn(256, 10, 1, generator=generator)
        loss = (encoder(x, lengths).squeeze(1) - x.squeeze(2).flip(1) @ true).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    torch.testing.assert_close(encoder.theta.softmax(dim=0), true, atol=0.02, rtol=0)
