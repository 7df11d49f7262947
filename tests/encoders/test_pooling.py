import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from sequence_learning.batch import step_mask
from sequence_learning.encoders.pooling import masked_quantile, masked_softmax, reversed_steps

LENGTHS = torch.tensor([0, 1, 3])
MASK = step_mask(LENGTHS, 4)


@pytest.mark.parametrize("offset", [0.0, -1e4, 1e4])
def test_softmax_weights_sum_to_one_over_the_real_steps_alone(offset: float) -> None:
    scores = torch.randn(3, 4, generator=torch.Generator().manual_seed(0)) + offset
    weight = masked_softmax(scores, MASK)
    torch.testing.assert_close(weight.sum(dim=1), torch.tensor([0.0, 1.0, 1.0]))
    assert not weight[~MASK].any()
    torch.testing.assert_close(weight[2, :3], scores[2, :3].softmax(dim=0))


def test_softmax_over_nothing_has_zero_gradient() -> None:
    scores = torch.randn(3, 4, generator=torch.Generator().manual_seed(0)).requires_grad_()
    (masked_softmax(scores, MASK) ** 2).sum().backward()
    assert scores.grad is not None
    assert not scores.grad[0].any()
    assert torch.isfinite(scores.grad).all()


@given(lengths=st.lists(st.integers(1, 6), min_size=1, max_size=4), quantile=st.floats(0, 1))
def test_quantiles_are_those_of_numpy(lengths: list[int], quantile: float) -> None:
    x = torch.randn(len(lengths), max(lengths), 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    n_steps = torch.tensor(lengths)
    expected = [np.quantile(x[b, :n].numpy(), quantile, axis=0) for b, n in enumerate(lengths)]
    result = masked_quantile(x, step_mask(n_steps, x.shape[1]), n_steps, quantile)
    np.testing.assert_allclose(result, np.stack(expected), atol=1e-12)


def test_real_steps_are_reversed_and_padding_stays() -> None:
    x = torch.tensor([[1, 2, 3, 0], [4, 0, 0, 0], [0, 0, 0, 0], [5, 6, 7, 8]]).unsqueeze(-1)
    reverse = reversed_steps(x, torch.tensor([3, 1, 0, 4]))
    assert reverse.squeeze(-1).tolist() == [[3, 2, 1, 0], [4, 0, 0, 0], [0, 0, 0, 0], [8, 7, 6, 5]]
