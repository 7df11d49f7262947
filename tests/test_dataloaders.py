from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from sequence_learning import TabularSequenceDataset, create_dataloaders, dataloaders
from sequence_learning.batch import RaggedBatch, SequenceBatch
from sequence_learning.dataloaders import (
    BatchesInOrder,
    BucketedDataset,
    Layout,
    RaggedDataset,
    ShuffledBatches,
    length_cuts,
    rows_by_length,
    shuffling_of,
)
from sequence_learning.features.model_input import ModelInput
from sequence_learning.parameters import Task
from tests.builders import TASKS, make_model_input
from tests.features.streams import in_shards

N_TRAIN, N_HELD_OUT = 36, 12
LAYOUTS = get_args(Layout)
LARGE = make_model_input()
AGED = make_model_input(ages=True)
#: So unlike in length that cutting a batch pays.
LONG = make_model_input(lengths=np.random.default_rng(3).permutation([*range(20), *range(200, 320, 10)]).tolist() * 5)
LENGTHS = st.lists(st.integers(0, 400), max_size=150).map(lambda lengths: np.sort(np.array(lengths, dtype=np.int64)))


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


def rows_served(loader: Iterable[SequenceBatch], data: ModelInput = LARGE) -> list[int]:
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


def test_a_layout_that_there_is_not_is_refused() -> None:
    with pytest.raises(ValueError, match="layout must be one of padded, bucketed, ragged, got 'packed'; use one"):
        create_dataloaders(LARGE, 8, layout="packed")  # type: ignore[arg-type]


@pytest.mark.parametrize("batch_size", [1, 0, -3])
def test_a_batch_of_one_is_refused(batch_size: int) -> None:
    with pytest.raises(ValueError, match=f"batch_size must be at least 2, got {batch_size}; raise it"):
        create_dataloaders(LARGE, batch_size)


def cost_of(lengths: np.ndarray, cuts: list[int]) -> int:
    """What encoding the parts is taken to cost, as :func:`length_cuts` says it."""
    parts = np.split(lengths, cuts)
    return sum(int(part.max(initial=0)) * (len(part) + 32) for part in parts) + 1000 * len(cuts)


@given(lengths=LENGTHS)
def test_cuts_are_sorted_lie_within_and_never_cost_more_than_none(lengths: np.ndarray) -> None:
    cuts = length_cuts(lengths)
    assert cuts == sorted(set(cuts))
    assert set(cuts) <= set(range(1, len(lengths)))
    assert cost_of(lengths, cuts) < cost_of(lengths, []) or not cuts


@given(lengths=LENGTHS)
def test_a_batch_is_cut_if_and_only_if_a_cut_saves_something(lengths: np.ndarray) -> None:
    single = [cost_of(lengths, [cut]) for cut in range(1, len(lengths))]
    assert bool(length_cuts(lengths)) == (min(single, default=cost_of(lengths, [])) < cost_of(lengths, []))
    for part in np.split(lengths, length_cuts(lengths)):
        assert length_cuts(part) == []


@given(length=st.integers(0, 10_000), n_rows=st.integers(0, 3000))
def test_rows_of_the_same_length_are_not_cut(length: int, n_rows: int) -> None:
    assert length_cuts(np.full(n_rows, length)) == []


def test_a_few_long_sequences_are_cut_from_many_short_ones() -> None:
    assert length_cuts(np.array([5] * 500 + [400] * 12)) == [500]
    assert length_cuts(np.array([0] * 200 + [100] * 200 + [900] * 200)) == [200, 400]


@given(rows=st.lists(st.integers(0, len(LONG) - 1), min_size=1, max_size=40))
def test_buckets_hold_exactly_the_rows_asked_for_each_padded_to_its_own_longest(rows: list[int]) -> None:
    lengths = LONG.lengths_of(np.array(rows))
    order = np.argsort(lengths, kind="stable")
    expected = np.split(np.array(rows)[order], length_cuts(lengths[order]))
    buckets = BucketedDataset(LONG).__getitems__(rows)
    assert len(buckets) == len(expected)
    for bucket, members in zip(buckets, expected, strict=True):
        assert_holds(bucket, LONG, members.tolist())


def test_buckets_count_within_the_rows_of_their_dataset() -> None:
    (bucket,) = BucketedDataset(LARGE, np.array([5, 3, 50])).__getitems__([2, 0])
    assert_holds(bucket, LARGE, sorted([50, 5], key=lambda row: int(LARGE.lengths_of(np.array([row]))[0])))


@given(rows=st.lists(st.integers(0, len(AGED) - 1), min_size=1, max_size=8))
def test_a_ragged_batch_holds_the_rows_asked_for_end_to_end_shortest_first(rows: list[int]) -> None:
    (batch,) = RaggedDataset(AGED).__getitems__(rows)
    rows = sorted(rows, key=lambda row: AGED.offsets[row + 1] - AGED.offsets[row])
    assert isinstance(batch, RaggedBatch)
    assert AGED.ages is not None
    events = np.concatenate([np.arange(AGED.offsets[row], AGED.offsets[row + 1]) for row in rows])
    for name, whole in (("values", AGED.values), ("codes", AGED.codes), ("ages", AGED.ages)):
        np.testing.assert_array_equal(getattr(batch, name), whole[events])
    assert batch.lengths.tolist() == AGED.lengths_of(np.array(rows)).tolist()
    for name in ("numeric", "categorical", "target"):
        np.testing.assert_array_equal(getattr(batch, name), getattr(AGED, name)[rows])
    plain = TabularSequenceDataset(AGED).__getitems__(rows)
    assert {key: tensor.dtype for key, tensor in vars(batch).items()} == {
        key: tensor.dtype for key, tensor in vars(plain).items()
    }


def test_a_ragged_batch_of_empty_rows_has_no_steps() -> None:
    (batch,) = RaggedDataset(make_model_input(lengths=[0, 2, 0], ages=True)).__getitems__([0, 2])
    assert batch.ages is not None
    assert (batch.values.shape, batch.codes.shape, batch.ages.shape) == ((0, 3), (0, 1), (0,))
    assert len(batch) == 2


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("part", ["validation", "test"])
def test_loaders_of_any_layout_serve_held_out_rows_once_each(layout: Layout, part: str) -> None:
    loader = create_dataloaders(LONG, 16, layout=layout)[part]
    served = [rows_served([batch] if layout == "padded" else batch, LONG) for batch in loader]
    assert sorted(chain.from_iterable(served)) == LONG.rows(part).tolist()
    assert [len(rows) for rows in served] == [16, 16]


def test_buckets_change_no_batch_but_its_padding() -> None:
    plain, bucketed = (create_dataloaders(LONG, 24, 7, layout=layout)["train"] for layout in ("padded", "bucketed"))
    n_buckets, n_steps, n_padded = 0, 0, 0
    for _ in range(2):
        for batch, buckets in zip(plain, bucketed, strict=True):
            assert sorted(rows_served([batch], LONG)) == sorted(rows_served(buckets, LONG))
            n_buckets = max(n_buckets, len(buckets))
            n_steps += sum(bucket.values.shape[0] * bucket.values.shape[1] for bucket in buckets)
            n_padded += batch.values.shape[0] * batch.values.shape[1]
    assert n_buckets > 1
    assert n_steps < 0.6 * n_padded


@given(rows=st.lists(st.integers(0, len(LARGE) - 1), max_size=70), batch_size=st.integers(1, 20))
def test_rows_by_length_names_every_place_once_shortest_first(rows: list[int], batch_size: int) -> None:
    asked = np.array(rows, dtype=np.int64)
    batches = rows_by_length(LARGE, asked, batch_size)
    assert sorted(chain.from_iterable(batches)) == list(range(len(rows)))
    assert all(0 < len(batch) <= batch_size for batch in batches)
    assert len(batches) == -(-len(rows) // batch_size)
    lengths = [int(length) for batch in batches for length in LARGE.lengths_of(asked[batch])]
    assert lengths == sorted(lengths)


def assert_serves_rows_once(batches: list[list[int]], sampler: ShuffledBatches) -> None:
    """But for those that make no whole batch."""
    served = list(chain.from_iterable(batches))
    assert len(set(served)) == len(served)
    assert set(served) <= set(range(sampler.n_rows))
    assert len(batches) == len(sampler)
    assert sampler.n_rows - len(served) < min(sampler.batch_size, max(sampler.n_rows, 1))


@given(n_rows=st.integers(0, 50), batch_size=st.integers(2, 60), seed=st.integers(0, 99), epoch=st.integers(0, 99))
def test_the_order_of_an_epoch_depends_on_seed_and_epoch_alone(
    n_rows: int, batch_size: int, seed: int, epoch: int
) -> None:
    sampler = ShuffledBatches(n_rows, batch_size, seed)
    sampler.epoch = epoch
    first = list(sampler)
    assert sampler.epoch == epoch + 1
    np.random.seed(seed)  # noqa: NPY002
    again = ShuffledBatches(n_rows, batch_size, seed)
    for _ in range(min(epoch, 3)):
        list(again)
    again.epoch = epoch
    assert list(again) == first
    assert_serves_rows_once(first, sampler)


def test_every_epoch_and_every_seed_has_an_order_of_its_own() -> None:
    orders = [tuple(chain.from_iterable(sampler)) for sampler in shufflers(5) for _ in range(5)]
    assert len(set(orders)) == len(orders) == 25


def shufflers(n_seeds: int) -> list[ShuffledBatches]:
    return [ShuffledBatches(36, 6, seed) for seed in range(n_seeds)]


def test_a_loader_goes_on_where_it_is_told_to() -> None:
    loader = create_dataloaders(LARGE, 6, seed=3)["train"]
    third = [rows_served(loader) for _ in range(3)][2]
    again = create_dataloaders(LARGE, 6, seed=3)["train"]
    shuffling_of(again).epoch = 2
    assert rows_served(again) == third


def test_every_row_is_drawn_equally_often_and_beside_any_other() -> None:
    """So the gradient is unbiased: neither who is drawn, nor with whom, depends on how long a sequence is."""
    n_rows, batch_size, n_epochs = 38, 8, 3000
    sampler = ShuffledBatches(n_rows, batch_size, seed=0)
    drawn, together = np.zeros(n_rows), np.zeros((n_rows, n_rows))
    for batch in chain.from_iterable(sampler for _ in range(n_epochs)):
        drawn[batch] += 1
        together[np.ix_(batch, batch)] += 1
    share = len(sampler) * batch_size / n_rows
    # Five standard deviations, of which no more than one row in two million is out by chance.
    assert np.abs(drawn / n_epochs - share).max() < 5 * np.sqrt(share * (1 - share) / n_epochs)
    pairs = together[np.triu_indices(n_rows, 1)] / n_epochs
    meeting = share * (batch_size - 1) / (n_rows - 1)
    assert np.abs(pairs - meeting).max() < 5 * np.sqrt(meeting * (1 - meeting) / n_epochs)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="memory is pinned for a GPU")
@pytest.mark.parametrize("layout", LAYOUTS)
def test_loaders_pin_what_they_serve(layout: Layout) -> None:
    for batch in create_dataloaders(LONG, 24, layout=layout, pin_memory=True)["train"]:
        assert all(part.values.is_pinned() for part in ([batch] if layout == "padded" else batch))


@pytest.mark.parametrize(("n_rows", "n_ranks"), [(32, 2), (30, 4), (5, 2)])
def test_processes_that_train_together_share_the_rows_of_every_batch(n_rows: int, n_ranks: int) -> None:
    whole = list(ShuffledBatches(n_rows, 8, seed=1))
    shares = []
    for rank in range(n_ranks):
        shuffled = ShuffledBatches(n_rows, 8, seed=1)
        shuffled.rank, shuffled.n_ranks = rank, n_ranks
        shares.append(list(shuffled))
    for i, batch in enumerate(whole):
        assert sorted(row for share in shares for row in share[i]) == sorted(batch)


@given(
    n_rows=st.integers(0, 200),
    batch_size=st.integers(2, 60),
    window_rows=st.integers(1, 250),
)
def test_windows_serve_every_row_once_and_hold_no_more_rows_than_allowed_but_for_a_batch(
    n_rows: int, batch_size: int, window_rows: int
) -> None:
    sampler = ShuffledBatches(n_rows, batch_size, 0, window_rows)
    assert_serves_rows_once(list(sampler), sampler)
    for window in sampler.windows():
        assert sum(map(len, window)) <= max(window_rows, batch_size)
    if window_rows >= n_rows:
        assert list(ShuffledBatches(n_rows, batch_size, 0, window_rows)) == list(ShuffledBatches(n_rows, batch_size, 0))


def test_windows_are_drawn_from_all_rows_and_every_row_is_drawn_equally_often() -> None:
    """So the gradient is unbiased there, too."""
    n_rows, batch_size, n_epochs = 100, 8, 3000
    sampler = ShuffledBatches(n_rows, batch_size, 0, window_rows=48)
    drawn, first = np.zeros(n_rows), np.zeros(n_rows)
    for _ in range(n_epochs):
        batches = list(sampler)
        drawn[np.concatenate(batches)] += 1
        first[batches[0]] += 1
    for counts, share in ((drawn, len(sampler) * batch_size / n_rows), (first, batch_size / n_rows)):
        assert np.abs(counts / n_epochs - share).max() < 5 * np.sqrt(share * (1 - share) / n_epochs)


def gathered_before(served: Iterator[Any], dataset: TabularSequenceDataset, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many batches are gathered before the first is served; all are served in the end."""
    n = []
    gather = dataset._batch

    def count(kind: type[SequenceBatch], rows: np.ndarray, *where: Any) -> SequenceBatch:
        n.append(len(rows) // 6)
        return gather(kind, rows, *where)

    monkeypatch.setattr(dataset, "_batch", count)
    next(served)
    before = sum(n)
    assert len(list(served)) == 8
    assert sum(n) == 9
    return before


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("of", ["n_channels", "event_categories", "n_numeric", "categories", "length"])
def test_small_batches_are_gathered_several_in_a_row_and_large_ones_when_they_are_used(
    layout: Layout, of: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dataloaders, "_NUMBERS_IN_A_ROW", 1024)
    for n, at_once in ((2, 9), (64, 3), (256, 1)):  # in each of six rows
        shape: dict[str, Any] = {"n_channels": 1, "event_categories": (), "n_numeric": 1, "categories": ()}
        if of != "length":
            shape[of] = (2,) * n if of.endswith("categories") else n
        data = make_model_input(lengths=[n if of == "length" else 1] * 90, **shape)
        batches = create_dataloaders(data, 6, layout=layout)["train"].dataset
        assert isinstance(batches, BatchesInOrder)
        before = gathered_before(iter(batches), batches._dataset, monkeypatch)
        assert before == (min(at_once, 2) if layout == "ragged" and at_once == 3 else at_once)


def test_padding_counts_where_batches_are_gathered_in_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dataloaders, "_NUMBERS_IN_A_ROW", 1024)
    data = make_model_input(lengths=[256, *[1] * 89], n_channels=1, event_categories=())
    dataset = TabularSequenceDataset(data, np.arange(54))
    in_a_row = dataset.in_a_row(list(np.arange(54).reshape(9, 6)))
    assert gathered_before(in_a_row, dataset, monkeypatch) == 1


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("window_events", [400, 1_000_000])
def test_features_in_shards_make_the_batches_that_their_order_says(
    tmp_path: Path, layout: Layout, window_events: int
) -> None:
    data = replace(LONG, ages=np.arange(len(LONG.values), dtype=np.float32))
    sharded = in_shards(data, tmp_path / "model_input.safetensors", window_events=window_events)
    kind = {"padded": TabularSequenceDataset, "bucketed": BucketedDataset, "ragged": RaggedDataset}[layout]
    loaders = create_dataloaders(sharded, 24, 7, layout=layout)
    mean_length = data.lengths_of(data.rows("train")).mean()
    order = ShuffledBatches(len(data.rows("train")), 24, 7, int(window_events / mean_length))
    assert len(loaders["train"]) == len(order)
    for _ in range(2):
        expected = [kind(data, data.rows("train")).__getitems__(batch) for batch in order]
        assert_same_batches(list(loaders["train"]), expected)
    for part in ("validation", "test"):
        assert_same_batches(list(loaders[part]), list(create_dataloaders(data, 24, layout=layout)[part]))


def test_a_window_at_a_time_is_copied_into_memory_where_features_need_not_fit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied: list[int] = []
    copy = TabularSequenceDataset.copy_of

    def count(dataset: TabularSequenceDataset, indices: np.ndarray) -> TabularSequenceDataset:
        copied.append(len(indices))
        return copy(dataset, indices)

    monkeypatch.setattr(TabularSequenceDataset, "copy_of", count)
    sharded = in_shards(LARGE, tmp_path / "model_input.safetensors", window_events=60)
    loader = create_dataloaders(sharded, 6)["train"]
    assert len(list(loader)) == 6
    shuffling_of(loader).epoch = 0
    assert copied == [sum(map(len, window)) for window in shuffling_of(loader).windows()]
    assert len(copied) > 1
    assert len(list(create_dataloaders(LARGE, 6)["train"])) == 6
    assert sum(copied) == 36


@pytest.mark.parametrize("ages", [False, True])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_batches_that_are_gathered_in_a_row_are_those_that_are_gathered_one_by_one(layout: Layout, ages: bool) -> None:
    data = make_model_input(n_rows=40, ages=ages, event_categories=(4, 3))
    dataset = {"padded": TabularSequenceDataset, "bucketed": BucketedDataset, "ragged": RaggedDataset}[layout](data)
    batches = [np.array(rows, dtype=np.int64) for rows in ([5, 0, 7, 12], [], [3], [0, 7, 14], list(range(40)))]
    found = list(dataset.in_a_row(batches))
    assert_same_batches(found, [type(dataset)(data).__getitems__(rows) for rows in batches])
    for rows, batch in zip(batches, found, strict=True):
        parts = batch if isinstance(batch, tuple) else (batch,)
        served = [number for part in parts for number in part.numeric[:, 0].tolist()]
        assert sorted(served) == sorted(data.numeric[rows, 0].tolist())


def assert_same_batches(found: list[Any], expected: list[Any]) -> None:
    assert len(found) == len(expected)
    for some, others in zip(found, expected, strict=True):
        for batch, other in zip(*((b if isinstance(b, tuple) else (b,)) for b in (some, others)), strict=True):
            for name in vars(batch):
                np.testing.assert_array_equal(getattr(batch, name), getattr(other, name))
