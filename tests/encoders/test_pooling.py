import pytest
import torch

from sequence_learning.batch import step_mask
from sequence_learning.encoders.pooling import masked_softmax

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
