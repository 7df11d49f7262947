from itertools import chain

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.utils.data import DataLoader

from sequence_learning import TabularSequenceDataset, create_dataloaders
from sequence_learning.batch import SequenceBatch
from sequence_learning.features.model_input import ModelInput
from sequence_learning.parameters import Task
from tests.builders import TASKS, make_model_input

N_TRAIN, N_HELD_OUT = 36, 12
LARGE = make_model_input()
AGED = make_model_input(ages=True)


def assert_holds(batch: SequenceBatch, data: ModelInput, rows: list[int]) -> None:
    """The batch holds exactly these rows, in this order, padded with zeros to the longest of them."""
    lengths = [int(data.offsets[row + 1] - data.offsets[row]) for row in rows]
    assert batch.lengths.tolist() == lengths
    assert batch.values.shape == (len(rows), max(lengths), data.values.shape[1])
    assert batch.codes.shape == (len(rows), max(lengths), data.codes.shape[1])
    for b, (row, n) in enumerate(zip(rows, lengths, strict=True)):
        events = slice(data.offsets[row], data.offsets[row + 1])
        np.testing.assert_array_equal(batch.values[b, :n], data.values[events])
        np.testing.assert_array_equal(batch.codes[b, :n], data.codes[events])
        assert not batch.values[b, n:].any()
        assert not batch.codes[b, n:].any()
    for name in ("numeric", "categorical", "target"):
        np.testing.assert_array_equal(getattr(batch, name), getattr(data, name)[rows])


def rows_served(loader: DataLoader[SequenceBatch], data: ModelInput = LARGE) -> list[int]:
    """Row numbers by their first tabular number, which no two rows share."""
    number = {float(x): row for row, x in enumerate(data.numeric[:, 0])}
    return list(chain.from_iterable([number[float(x)] for x in batch.numeric[:, 0]] for batch in loader))


@given(rows=st.lists(st.integers(0, len(LARGE) - 1), min_size=1, max_size=8))
def test_a_batch_holds_the_rows_asked_for_padded_to_their_own_longest(rows: list[int]) -> None:
    assert_holds(TabularSequenceDataset(LARGE).__getitems__(rows), LARGE, rows)


@given(rows=st.lists(st.integers(0, len(AGED) - 1), min_size=1, max_size=8))
def test_ages_are_padded_with_zeros(rows: list[int]) -> None:
    batch = TabularSequenceDataset(AGED).__getitems__(rows)
    assert_holds(batch, AGED, rows)
    assert batch.ages is not None
    assert AGED.ages is not None
    assert batch.ages.shape == batch.values.shape[:2]
    for b, row in enumerate(rows):
        mine = AGED.ages[AGED.offsets[row] : AGED.offsets[row + 1]]
        np.testing.assert_array_equal(batch.ages[b, : len(mine)], mine)
        assert not batch.ages[b, len(mine) :].any()


def test_ages_change_nothing_else() -> None:
    for part, loader in create_dataloaders(AGED, 8).items():
        for batch, plain in zip(loader, create_dataloaders(LARGE, 8)[part], strict=True):
            assert plain.ages is None
            for name in set(vars(batch)) - {"ages"}:
                assert torch.equal(getattr(batch, name), getattr(plain, name))


def test_a_dataset_of_some_rows_counts_within_them() -> None:
    dataset = TabularSequenceDataset(LARGE, np.array([5, 3, 50]))
    assert len(dataset) == 3
    assert_holds(dataset.__getitems__([2, 0]), LARGE, [50, 5])
    assert_holds(dataset[1], LARGE, [3])


def test_a_position_outside_the_dataset_is_refused() -> None:
    with pytest.raises(IndexError, match="out of bounds"):
        TabularSequenceDataset(LARGE)[len(LARGE)]


def test_a_batch_of_empty_rows_has_no_steps() -> None:
    batch = TabularSequenceDataset(make_model_input(lengths=[0, 2, 0], ages=True)).__getitems__([0, 2])
    assert batch.values.shape == (2, 0, 3)
    assert batch.codes.shape == (2, 0, 1)
    assert batch.ages is not None
    assert batch.ages.shape == (2, 0)


@pytest.mark.parametrize("task", TASKS)
def test_tensors_have_the_types_that_models_take(task: Task) -> None:
    model_input = make_model_input(task, ages=True)
    batch = TabularSequenceDataset(model_input)[1]
    types = {name: getattr(batch, name).dtype for name in vars(batch)}
    multiclass = model_input.target_spec.task == "multiclass"
    assert types == {
        "values": torch.float32,
        "codes": torch.int64,
        "lengths": torch.int64,
        "numeric": torch.float32,
        "categorical": torch.int64,
        "target": torch.int64 if multiclass else torch.float32,
        "ages": torch.float32,
    }


def test_batches_share_no_memory_with_the_features() -> None:
    data = make_model_input(ages=True)
    assert data.ages is not None
    before = data.numeric.copy(), data.ages.copy()
    batch = TabularSequenceDataset(data).__getitems__([0, 1])
    for tensor in (batch.numeric, batch.values, batch.target, batch.ages):
        assert tensor is not None
        tensor.add_(1)
    np.testing.assert_array_equal(data.numeric, before[0])
    np.testing.assert_array_equal(data.ages, before[1])


def test_there_is_a_loader_per_part() -> None:
    assert list(create_dataloaders(LARGE, 8)) == ["train", "validation", "test"]


@pytest.mark.parametrize("part", ["validation", "test"])
@pytest.mark.parametrize("batch_size", [2, 5, 12, 100])
def test_held_out_rows_are_served_once_each_in_order(part: str, batch_size: int) -> None:
    loader = create_dataloaders(LARGE, batch_size)[part]
    for _ in range(2):
        assert rows_served(loader) == LARGE.rows(part).tolist()
    assert max(len(batch) for batch in loader) == min(batch_size, N_HELD_OUT)


def test_loaders_pad_each_batch_to_its_own_longest() -> None:
    rows = LARGE.rows("validation")
    batches = list(create_dataloaders(LARGE, 3)["validation"])
    for i, batch in enumerate(batches):
        assert_holds(batch, LARGE, rows[3 * i : 3 * i + 3].tolist())
    assert len({batch.values.shape[1] for batch in batches}) > 1


def test_training_rows_come_in_another_order_each_epoch() -> None:
    loader = create_dataloaders(LARGE, 6)["train"]
    first, second = rows_served(loader), rows_served(loader)
    assert first != second
    assert sorted(first) == sorted(second) == LARGE.rows("train").tolist()


def test_the_seed_alone_decides_the_order() -> None:
    torch.manual_seed(1)
    loader = create_dataloaders(LARGE, 6, seed=3)["train"]
    first = [rows_served(loader), rows_served(loader)]
    torch.manual_seed(2)
    loader = create_dataloaders(LARGE, 6, seed=3)["train"]
    assert [rows_served(loader), rows_served(loader)] == first
    assert rows_served(create_dataloaders(LARGE, 6, seed=4)["train"]) != first[0]


def test_the_order_of_training_does_not_depend_on_what_else_is_read() -> None:
    loaders = create_dataloaders(LARGE, 6)
    list(loaders["validation"])
    assert rows_served(loaders["train"]) == rows_served(create_dataloaders(LARGE, 6)["train"])


@pytest.mark.parametrize(
    ("batch_size", "sizes"),
    [(36, [36]), (35, [35]), (20, [20]), (18, [18, 18]), (37, [36]), (1000, [36])],
)
def test_an_incomplete_training_batch_is_left_out_when_there_are_others(batch_size: int, sizes: list[int]) -> None:
    assert [len(batch) for batch in create_dataloaders(LARGE, batch_size)["train"]] == sizes


@pytest.mark.parametrize("batch_size", [1, 0, -3])
def test_a_batch_of_one_is_refused(batch_size: int) -> None:
    with pytest.raises(ValueError, match=f"batch_size must be at least 2, got {batch_size}; raise it"):
        create_dataloaders(LARGE, batch_size)
