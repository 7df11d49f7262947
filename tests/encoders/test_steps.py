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
