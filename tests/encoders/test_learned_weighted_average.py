import numpy as np
import pytest
import torch

from sequence_learning.encoders.configs.learned_weighted_average import LearnedWeightedAverageConfig
from sequence_learning.encoders.learned_weighted_average import LearnedWeightedAverage


def reference(row: np.ndarray, w: np.ndarray, b: np.ndarray, u: np.ndarray) -> np.ndarray:
    scores = np.tanh(row @ w.T + b) @ u
    weight = np.exp(scores)
    return (weight / weight.sum()) @ row


def test_vector_is_the_attention_pooling_written_in_numpy() -> None:
    torch.manual_seed(0)
    encoder = LearnedWeightedAverage(3, LearnedWeightedAverageConfig(d_hidden=5)).double()
    w, b, u = (weight.detach().numpy() for weight in encoder.parameters())
    x, lengths = torch.randn(4, 6, 3, dtype=torch.float64), [6, 1, 3, 0]
    result = encoder(x, torch.tensor(lengths)).detach().numpy()
    for b_row, n in enumerate(lengths[:3]):
        np.testing.assert_allclose(result[b_row], reference(x[b_row, :n].numpy(), w, b, u[0]))
    assert not result[3].any()


def test_the_average_stays_within_the_elements() -> None:
    torch.manual_seed(0)
    x = torch.randn(8, 5, 3) * 10
    result = LearnedWeightedAverage(3)(x, torch.full((8,), 5))
    assert (result <= x.amax(dim=1) + 1e-5).all()
    assert (result >= x.amin(dim=1) - 1e-5).all()


def test_a_query_is_added_to_what_scores_a_step() -> None:
    torch.manual_seed(0)
    encoder = LearnedWeightedAverage(3, LearnedWeightedAverageConfig(d_hidden=5, d_query=2)).double()
    weights = {name: weight.detach().numpy() for name, weight in encoder.pooling.named_parameters()}
    x, query = torch.randn(1, 6, 3, dtype=torch.float64), torch.randn(1, 2, dtype=torch.float64)
    result = encoder(x, torch.tensor([6]), query=query).detach().numpy()[0]
    bias = weights["hidden.bias"] + weights["query.weight"] @ query[0].numpy()
    expected = reference(x[0].numpy(), weights["hidden.weight"], bias, weights["score.weight"][0])
    np.testing.assert_allclose(result, expected)


@pytest.mark.parametrize(("query", "width"), [(None, 0), (torch.ones(1, 3), 3)])
def test_a_query_of_another_width_is_refused(query: torch.Tensor | None, width: int) -> None:
    encoder = LearnedWeightedAverage(3, LearnedWeightedAverageConfig(d_query=2))
    with pytest.raises(ValueError, match=f"must be d_query = 2 numbers wide, got {width}; set d_query to the width"):
        encoder(torch.ones(1, 4, 3), torch.tensor([4]), query=query)


def test_heads_stand_side_by_side() -> None:
    torch.manual_seed(0)
    encoder = LearnedWeightedAverage(3, LearnedWeightedAverageConfig(d_hidden=5, n_heads=2)).double()
    w, b, u = (weight.detach().numpy() for weight in encoder.parameters())
    x = torch.randn(1, 6, 3, dtype=torch.float64)
    result = encoder(x, torch.tensor([6])).detach().numpy()[0]
    expected = np.concatenate([reference(x[0].numpy(), w, b, head) for head in u])
    np.testing.assert_allclose(result, expected)
