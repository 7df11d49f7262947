import pytest
import torch

from sequence_learning.encoders.steps import Steps

LENGTHS = torch.tensor([3, 0, 1])
DIRTY = torch.full((3, 4, 2), torch.nan)


def steps() -> Steps:
    x = torch.where(torch.arange(4)[None, :, None] < LENGTHS[:, None, None], torch.ones(3, 4, 2), DIRTY)
    return Steps.of(x, LENGTHS, ages=torch.where(torch.arange(4) < LENGTHS[:, None], 5.0, torch.nan))


def test_padding_is_zero_whatever_stood_there() -> None:
    assert steps().values.sum(dim=(1, 2)).tolist() == [6.0, 0.0, 2.0]
    assert steps().ages is not None
    assert steps().ages.sum(dim=1).tolist() == [15.0, 0.0, 5.0]


def test_new_values_are_zero_where_padded() -> None:
    changed = steps().with_values(torch.ones(3, 4, 5))
    assert changed.values.sum(dim=(1, 2)).tolist() == [15.0, 0.0, 5.0]
    assert torch.equal(changed.mask, steps().mask)


def test_distances_count_back_from_the_newest_step_or_in_time() -> None:
    assert steps().distances("steps").tolist() == [[2, 1, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]
    assert steps().distances("time").tolist() == [[5, 5, 5, 0], [0, 0, 0, 0], [5, 0, 0, 0]]


def test_distances_in_time_need_ages() -> None:
    with pytest.raises(ValueError, match="need the age of every step, but none is given"):
        Steps.of(torch.ones(1, 2, 1), torch.tensor([2])).distances("time")


def test_a_batch_of_empty_rows_has_one_padded_step() -> None:
    empty = Steps.of(torch.ones(2, 0, 3), torch.tensor([0, 0]), ages=torch.ones(2, 0))
    assert empty.values.shape == (2, 1, 3)
    assert empty.ages is not None
    assert empty.ages.shape == (2, 1)
    assert not empty.mask.any()


@pytest.mark.parametrize("offset", [0.0, -1e4, 1e4])
def test_softmax_weights_sum_to_one_over_the_real_steps_alone(offset: float) -> None:
    scores = torch.randn(3, 4, 2, generator=torch.Generator().manual_seed(0)) + offset
    weight = steps().softmax(scores)
    torch.testing.assert_close(weight.sum(dim=1), torch.tensor([1.0, 0.0, 1.0]).unsqueeze(1).expand(3, 2))
    assert not weight[~steps().mask].any()
    torch.testing.assert_close(weight[0, :3], scores[0, :3].softmax(dim=0))


def test_softmax_over_nothing_has_zero_gradient() -> None:
    scores = torch.randn(3, 4, 1, generator=torch.Generator().manual_seed(0)).requires_grad_()
    (steps().softmax(scores) ** 2).sum().backward()
    assert scores.grad is not None
    assert not scores.grad[1].any()
    assert scores.grad.isfinite().all()


def test_summaries_look_at_the_real_steps_alone() -> None:
    values = torch.tensor([[[-3.0], [-1], [-2], [7]], [[7.0], [7], [7], [7]], [[-5.0], [7], [7], [7]]])
    real = steps().only_real(values)
    assert steps().largest(values).squeeze(1).tolist() == [-1, 0, -5]
    assert steps().newest(values).squeeze(1).tolist() == [-2, 0, -5]
    assert steps().total(real).squeeze(1).tolist() == [-6, 0, -5]
    assert steps().weighted_sums(real, real).flatten().tolist() == [14, 0, 25]
