import pytest
import torch

from sequence_learning.batch import SequenceBatch, positions_from_newest, step_mask, zero_padding


def test_step_mask_is_true_on_the_first_steps_of_each_row() -> None:
    mask = step_mask(torch.tensor([0, 1, 3]), 3)
    assert mask.tolist() == [[False, False, False], [True, False, False], [True, True, True]]


def test_step_mask_of_no_steps_is_empty() -> None:
    assert step_mask(torch.tensor([0, 0]), 0).shape == (2, 0)


def test_positions_count_back_from_the_newest_step() -> None:
    positions = positions_from_newest(torch.tensor([0, 1, 3]), 3)
    assert positions.tolist() == [[-1, -2, -3], [0, -1, -2], [2, 1, 0]]
    assert positions.dtype == torch.int64


@pytest.mark.parametrize("filler", [float("nan"), float("inf"), -float("inf"), 7.0])
def test_zero_padding_gives_exact_zeros_and_keeps_real_steps(filler: float) -> None:
    x = torch.full((1, 3, 2), filler)
    x[0, 0] = torch.tensor([1.0, 2.0])
    assert zero_padding(x, torch.tensor([[True, False, False]])).tolist() == [[[1.0, 2.0], [0.0, 0.0], [0.0, 0.0]]]


def test_zero_padding_keeps_the_precision() -> None:
    assert zero_padding(torch.ones(1, 1, 1, dtype=torch.float64), torch.tensor([[False]])).dtype == torch.float64


def test_batch_has_the_length_of_its_rows_and_moves_as_a_whole() -> None:
    tensors = [torch.zeros(3, 2, 1), torch.zeros(3, 2, 1), *(torch.zeros(3, 1) for _ in range(4))]
    batch = SequenceBatch(*tensors)
    assert len(batch) == 3
    assert batch.to("cpu") is batch
    moved = batch.to("meta")
    names = ("values", "codes", "lengths", "numeric", "categorical", "target")
    assert {getattr(moved, name).device.type for name in names} == {"meta"}
    assert moved.ages is None


def test_ages_move_with_the_batch() -> None:
    tensors = [torch.zeros(3, 2, 1), torch.zeros(3, 2, 1), *(torch.zeros(3, 1) for _ in range(4))]
    moved = SequenceBatch(*tensors, ages=torch.zeros(3, 2)).to("meta")
    assert moved.ages is not None
    assert (moved.ages.device.type, moved.ages.shape) == ("meta", (3, 2))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="memory is pinned for a GPU")
@pytest.mark.parametrize("ages", [None, torch.zeros(3, 2)])
def test_a_pinned_batch_holds_the_same_where_a_gpu_can_read_it(ages: torch.Tensor | None) -> None:
    batch = SequenceBatch(torch.randn(3, 2, 1), *(torch.ones(3, 2, 1) for _ in range(5)), ages=ages)
    pinned = batch.pin_memory()
    assert (pinned.ages is None) == (ages is None)
    for name, tensor in vars(pinned).items():
        if tensor is not None:
            assert tensor.is_pinned()
            assert torch.equal(tensor, getattr(batch, name))
    moved = pinned.to("cuda")
    torch.cuda.synchronize()
    assert torch.equal(moved.values.cpu(), batch.values)
