"""PyTorch access to prepared features: ``TabularSequenceDataset`` and ``create_dataloaders``."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

from sequence_learning.batch import SequenceBatch
from sequence_learning.features.model_input import ModelInput
from sequence_learning.features.split import PARTS


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

    def __getitems__(self, indices: Sequence[int]) -> SequenceBatch:
        """The examples at these positions, in this order."""
        data, rows = self.model_input, self.rows[np.asarray(indices, dtype=np.int64)]
        starts, lengths = data.offsets[rows], data.lengths_of(rows)
        step = np.arange(lengths.max(initial=0))
        real = step < lengths[:, None]
        event = (starts[:, None] + step)[real]
        target = torch.from_numpy(data.target[rows])
        return SequenceBatch(
            values=_pad(data.values, event, real),
            codes=_pad(data.codes, event, real).long(),
            lengths=torch.from_numpy(lengths),
            numeric=torch.from_numpy(data.numeric[rows]),
            categorical=torch.from_numpy(data.categorical[rows]).long(),
            target=target.long() if data.target_spec.task == "multiclass" else target,
            ages=None if data.ages is None else _pad(data.ages, event, real),
        )


def create_dataloaders(model_input: ModelInput, batch_size: int, seed: int = 0) -> dict[str, DataLoader[SequenceBatch]]:
    """One loader per part: ``train`` (shuffled by ``seed``), ``validation`` and ``test``.

    Every batch is a :class:`~sequence_learning.batch.SequenceBatch`. The last incomplete training batch is left
    out when there are others: the model standardises over a batch and a single row has no spread.

    Raises:
        ValueError: if ``batch_size`` is below 2.
    """
    if batch_size < 2:
        raise ValueError(f"batch_size must be at least 2, got {batch_size}; raise it")
    loaders = {}
    for part in PARTS:
        dataset = TabularSequenceDataset(model_input, model_input.rows(part))
        training = part == "train"
        loaders[part] = DataLoader(
            dataset,
            batch_size=batch_size,
            shuffle=training,
            drop_last=training and len(dataset) >= batch_size,
            generator=torch.Generator().manual_seed(seed),
            collate_fn=_as_it_is,
        )
    return loaders


def _as_it_is(batch: Any) -> Any:  # noqa: ANN401
    # The dataset has made the batch already, where DataLoader expects a list of examples.
    return batch


def _pad(events: np.ndarray, event: np.ndarray, real: np.ndarray) -> torch.Tensor:
    padded = np.zeros((*real.shape, *events.shape[1:]), dtype=events.dtype)
    padded[real] = events[event]
    return torch.from_numpy(padded)
