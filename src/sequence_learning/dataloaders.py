"""PyTorch access to prepared features: ``TabularSequenceDataset`` and ``create_dataloaders``."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, Literal, Self, TypeVar

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset, IterableDataset

from sequence_learning.batch import RaggedBatch, SequenceBatch
from sequence_learning.features.model_input import EventArray, ModelInput
from sequence_learning.features.split import PARTS

#: What a step of a bucket costs beside its rows, in rows; and what a bucket costs beside its steps, in steps of a row.
#: The shortest training steps of the encoders lie between 8 and 64 of the former, and around 1,000 of the latter.
_ROWS_PER_STEP = 32
_STEPS_PER_BUCKET = 1000

#: What a loader serves: a batch padded to its longest sequence, its buckets (:class:`BucketedDataset`), or its
#: sequences end to end (:class:`RaggedDataset`).
Layout = Literal["padded", "bucketed", "ragged"]

_Batch = TypeVar("_Batch", bound=SequenceBatch)

#: Numbers of whole batches that are gathered in a row, but for one batch more: some megabytes, which stay in the
#: last of a processor's caches.
_NUMBERS_IN_A_ROW = 2**20

#: Neighbours that are read, and so drawn, together where features need not fit into memory.
_ROWS_PER_BLOCK = 16


class TabularSequenceDataset(Dataset[SequenceBatch]):
    """Some rows of prepared features.

    ``dataset[i]`` is a batch of one; ``dataset.__getitems__(indices)``, which a ``DataLoader`` calls, gathers a
    whole :class:`~sequence_learning.batch.SequenceBatch` at once, padded to its own longest sequence.

    Args:
        model_input: prepared features, which may be memory-mapped.
        rows: row numbers to serve; all by default.
    """

    def __init__(self, model_input: ModelInput, rows: np.ndarray | None = None) -> None:
        self.model_input = model_input
        self.rows = np.arange(len(model_input)) if rows is None else rows

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> SequenceBatch:
        return self.__getitems__([index])

    def in_a_row(self, batches: Sequence[np.ndarray]) -> Iterator[Any]:
        """What ``__getitems__`` gives for each; small ones are gathered before the first of them is served."""
        several, size = [], 0
        for indices in batches:
            several.append(self.__getitems__(indices))
            size += _numel(several[-1])
            if size > _NUMBERS_IN_A_ROW:
                yield from several
                several, size = [], 0
        yield from several

    def copy_of(self, indices: np.ndarray) -> Self:
        """The examples at these positions, in memory."""
        return type(self)(self.model_input.select(self.rows[indices]))

    def __getitems__(self, indices: Sequence[int] | np.ndarray) -> SequenceBatch:
        """The examples at these positions, in this order."""
        return self._gather(self.rows[np.asarray(indices, dtype=np.int64)])

    def _gather(self, rows: np.ndarray) -> SequenceBatch:
        lengths = self.model_input.lengths_of(rows)
        step = np.arange(lengths.max(initial=0))
        event = self.model_input.offsets[rows][:, None] + step
        padding = None if (lengths == len(step)).all() else step >= lengths[:, None]
        return self._batch(SequenceBatch, rows, event, padding)

    def _batch(
        self, kind: type[_Batch], rows: np.ndarray, event: np.ndarray, padding: np.ndarray | None = None
    ) -> _Batch:
        data = self.model_input
        target = torch.from_numpy(data.target[rows])
        return kind(
            values=_taken(data.values, event, padding),
            codes=_taken(data.codes, event, padding).long(),
            lengths=torch.from_numpy(data.lengths_of(rows)),
            numeric=torch.from_numpy(data.numeric.take(rows, axis=0)),
            categorical=torch.from_numpy(data.categorical.take(rows, axis=0)).long(),
            target=target.long() if data.target_spec.task == "multiclass" else target,
            ages=None if data.ages is None else _taken(data.ages, event, padding),
        )


class ShuffledBatches:
    """Indices of batches in an order of their own each epoch, which depends on seed and epoch alone.

    Iterating moves on to the next epoch. The last incomplete batch is left out when there are others: the model
    standardises over a batch, and a single row has no spread.

    Where not all rows may be in memory at once, an epoch goes from window to window: each is made of blocks of 16
    neighbours that are drawn at random from all rows, and batches are drawn at random from its rows. So every row is
    as likely as any other to be in a step. Neighbours meet in a batch more often than others do, the less so the larger
    the window: the expected gradient of what adds up over rows is that of plain shuffling, while what is made of a
    batch together (standardised encodings) sees rows that are a little more alike.

    Args:
        n_rows: to be shuffled.
        batch_size: rows of a batch.
        seed: of the shuffling.
        window_rows: how many may be in memory at once; all if None.

    Attributes:
        epoch: that of the next iteration, from 0; set it to go on where an earlier training stopped.
        rank: which of ``n_ranks`` processes this is, each of which takes its share of every batch.
    """

    def __init__(self, n_rows: int, batch_size: int, seed: int, window_rows: int | None = None) -> None:
        self.n_rows = n_rows
        self._window_rows = window_rows
        self.batch_size = batch_size
        self.seed = seed
        self.epoch = 0
        self.rank, self.n_ranks = 0, 1

    def __len__(self) -> int:
        return max(1, self.n_rows // self.batch_size) if self.n_rows else 0

    def __iter__(self) -> Iterator[list[int]]:
        return (batch.tolist() for window in self.windows() for batch in window)

    def windows(self) -> Iterator[list[np.ndarray]]:
        """The batches of an epoch, or this process's share of each, window by window."""
        rng = np.random.default_rng([self.seed, self.epoch])
        self.epoch += 1
        rows = rng.permutation(self.n_rows)[: len(self) * self.batch_size]
        if self._window_rows is None or self._window_rows >= self.n_rows:
            yield self._cut(rows)
            return
        # Cut into blocks from anywhere on, so that no row is always at the edge of one.
        rows = np.roll(np.sort(rows), rng.integers(len(rows)))
        first = rng.permutation(np.arange(0, len(rows), _ROWS_PER_BLOCK))
        places = (first[:, None] + np.arange(_ROWS_PER_BLOCK)).ravel()
        rows = rows[places[places < len(rows)]]
        size = max(1, self._window_rows // self.batch_size) * self.batch_size
        for start in range(0, len(rows), size):
            yield self._cut(rng.permutation(rows[start : start + size]))

    def _cut(self, rows: np.ndarray) -> list[np.ndarray]:
        starts = range(0, len(rows), self.batch_size)
        return [rows[start : start + self.batch_size][self.rank :: self.n_ranks] for start in starts]


class BucketedDataset(TabularSequenceDataset):
    """As its parent, but a batch is a tuple of buckets: its rows by length, each part padded to its own longest.

    Which rows make a batch is not changed by it, so the gradient of a step is what it would be with padding: buckets
    only spare the encoder steps that are none. (Batches of rows of one length would spare more, but a model that
    standardises over a batch would not see what length tells.)
    """

    def __getitems__(self, indices: Sequence[int] | np.ndarray) -> tuple[SequenceBatch, ...]:  # type: ignore[override]
        """The examples at these positions, shortest first, cut where less padding is worth one more bucket."""
        rows = self.rows[np.asarray(indices, dtype=np.int64)]
        lengths = self.model_input.lengths_of(rows)
        order = np.argsort(lengths, kind="stable")
        return tuple(self._gather(part) for part in np.split(rows[order], length_cuts(lengths[order])))


class RaggedDataset(TabularSequenceDataset):
    """As its parent, but a batch has no padding: a tuple of one :class:`~sequence_learning.batch.RaggedBatch`.

    Its rows are in the order of :class:`BucketedDataset`, so that dropout draws the same for each in either.
    """

    def __getitems__(self, indices: Sequence[int] | np.ndarray) -> tuple[RaggedBatch]:  # type: ignore[override]
        """The examples at these positions, shortest first."""
        return self._several([np.asarray(indices, dtype=np.int64)])[0]

    def in_a_row(self, batches: Sequence[np.ndarray]) -> Iterator[tuple[RaggedBatch]]:
        """What ``__getitems__`` gives for each; small ones are cut from what is gathered at once."""
        rows = max(1, max(map(len, batches), default=1))
        at_once = max(1, int(_NUMBERS_IN_A_ROW / (rows * self._numbers_per_row)))
        for first in range(0, len(batches), at_once):
            yield from self._several(batches[first : first + at_once])

    def _several(self, batches: Sequence[np.ndarray]) -> list[tuple[RaggedBatch]]:
        rows, n_events = [], []
        for indices in batches:
            own = self.rows[indices]
            lengths = self.model_input.lengths_of(own)
            rows.append(own[np.argsort(lengths, kind="stable")])
            n_events.append(int(lengths.sum()))
        together = np.concatenate(rows)
        whole = self._batch(RaggedBatch, together, self.model_input.events_of(together))
        return [(batch,) for batch in whole.split([len(own) for own in rows], n_events)]

    @cached_property
    def _numbers_per_row(self) -> float:
        """On average."""
        data = self.model_input
        per_event = data.values.shape[1] + data.codes.shape[1] + (data.ages is not None)
        n_events = data.lengths_of(self.rows).mean() if len(self) else 0.0
        return float(n_events * per_event + data.numeric.shape[1] + data.categorical.shape[1] + 2)


_DATASETS: dict[Layout, type[TabularSequenceDataset]] = {
    "padded": TabularSequenceDataset,
    "bucketed": BucketedDataset,
    "ragged": RaggedDataset,
}


class BatchesInOrder(IterableDataset[Any]):
    """Batches of a data set, of which small ones are gathered in a row: code that has just run takes half the time.

    Of features that need not fit into memory, those of one window are copied into it at a time.

    Args:
        dataset: the rows.
        order: which of them make a batch.
    """

    def __init__(self, dataset: TabularSequenceDataset, order: ShuffledBatches) -> None:
        self.order = order
        self._dataset = dataset

    def __len__(self) -> int:
        return len(self.order)

    def __iter__(self) -> Iterator[Any]:
        for batches in self.order.windows():
            dataset = self._dataset
            if dataset.model_input.window_events is not None:
                used = np.sort(np.concatenate(batches))  # neighbours are read together
                dataset = dataset.copy_of(used)
                batches = [np.searchsorted(used, batch) for batch in batches]  # noqa: PLW2901
            yield from dataset.in_a_row(batches)
            del dataset  # before the next takes its place


def create_dataloaders(
    model_input: ModelInput, batch_size: int, seed: int = 0, *, layout: Layout = "padded", pin_memory: bool = False
) -> dict[str, DataLoader[Any]]:
    """One loader per part: ``train`` (shuffled by ``seed`` anew each epoch), ``validation`` and ``test``.

    The last incomplete training batch is left out when there are others: the model standardises over a batch and a
    single row has no spread.

    The data set of ``train`` serves whole batches in an order of its own (:class:`BatchesInOrder`), so that it has no
    sampler and cannot be indexed; :func:`shuffling_of` gives that order. Those of the others are indexed by row.

    Args:
        model_input: prepared features.
        batch_size: rows of a batch.
        seed: of the shuffling.
        layout: ``padded`` serves a :class:`~sequence_learning.batch.SequenceBatch`; ``bucketed`` and ``ragged`` a tuple
            of them (:class:`BucketedDataset`, :class:`RaggedDataset`), for
            :meth:`~sequence_learning.model.SequenceModel.members`.
        pin_memory: whether batches are put where a GPU can read them by itself.

    Raises:
        ValueError: if ``batch_size`` is below 2, or there is no such layout.
    """
    if layout not in _DATASETS:
        raise ValueError(f"layout must be one of {', '.join(_DATASETS)}, got {layout!r}; use one of these")
    if batch_size < 2:
        raise ValueError(f"batch_size must be at least 2, got {batch_size}; raise it")
    datasets = {part: _DATASETS[layout](model_input, model_input.rows(part)) for part in PARTS}
    train = datasets["train"]
    settings: dict[str, Any] = {"collate_fn": _as_it_is, "pin_memory": pin_memory}
    shuffled = ShuffledBatches(len(train), batch_size, seed, _window_rows(model_input, train.rows))
    return {"train": DataLoader(BatchesInOrder(train, shuffled), batch_size=None, **settings)} | {
        part: DataLoader(datasets[part], batch_size=batch_size, **settings) for part in ("validation", "test")
    }


def shuffling_of(loader: DataLoader[Any]) -> ShuffledBatches:
    """What orders the batches of a ``train`` loader of :func:`create_dataloaders`."""
    assert isinstance(loader.dataset, BatchesInOrder)
    return loader.dataset.order


def rows_by_length(model_input: ModelInput, rows: np.ndarray, batch_size: int) -> list[np.ndarray]:
    """Where in ``rows`` the members of each batch are, shortest sequences first: least padding, in any order."""
    order = np.argsort(model_input.lengths_of(rows), kind="stable")
    return [order[start : start + batch_size] for start in range(0, len(rows), batch_size)]


def batches_by_length(
    dataset_class: type[TabularSequenceDataset], model_input: ModelInput, rows: np.ndarray, batch_size: int
) -> Iterator[tuple[torch.Tensor, Any]]:
    """What a data set serves of ``rows``, and where in these the rows of each batch are.

    Of features that need not fit into memory, as much is read at a time as does.
    """
    for portion in model_input.portions(rows):
        dataset = dataset_class(model_input, rows[portion])
        if model_input.window_events is not None:
            dataset = dataset.copy_of(np.arange(len(portion)))
        for members in rows_by_length(dataset.model_input, dataset.rows, batch_size):
            yield torch.from_numpy(portion[members]), dataset.__getitems__(members)
        del dataset  # before the next takes its place


def length_cuts(lengths: np.ndarray) -> list[int]:
    """Where to cut rows that are sorted by length, so that encoding the parts costs least.

    Encoding ``n`` rows of up to ``L`` steps is taken to cost ``L (n + 32)``, and a cut 1,000. The best single cut is
    made if it saves anything, then those within its two parts.
    """
    n = len(lengths)
    if n < 2 or lengths[0] == lengths[-1]:
        return []
    below = np.arange(1, n)
    cost = lengths[:-1] * (below + _ROWS_PER_STEP) + lengths[-1] * (n - below + _ROWS_PER_STEP)
    cut = int(cost.argmin()) + 1
    if cost[cut - 1] + _STEPS_PER_BUCKET >= lengths[-1] * (n + _ROWS_PER_STEP):
        return []
    return [*length_cuts(lengths[:cut]), cut, *(cut + later for later in length_cuts(lengths[cut:]))]


def _window_rows(model_input: ModelInput, rows: np.ndarray) -> int | None:
    """How many rows have, on average, as many events as may be in memory."""
    if model_input.window_events is None:
        return None
    return int(model_input.window_events * len(rows) // max(1, model_input.lengths_of(rows).sum()))


def _numel(batch: SequenceBatch | tuple[SequenceBatch, ...]) -> int:
    return sum(part.numel() for part in (batch if isinstance(batch, tuple) else (batch,)))


def _as_it_is(batch: Any) -> Any:  # noqa: ANN401
    # The dataset has made the batch already, where DataLoader expects a list of examples.
    return batch


def _taken(events: EventArray, event: np.ndarray, padding: np.ndarray | None) -> torch.Tensor:
    if 0 in events.shape:  # no events, or no columns
        return torch.from_numpy(np.zeros((*event.shape, *events.shape[1:]), dtype=events.dtype))
    taken = events.take(event, axis=0, mode="clip")  # what follows the last event is padding, too
    if padding is not None:
        taken[padding] = 0
    return torch.from_numpy(taken)
