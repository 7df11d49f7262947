"""Means by position: what belongs to steps, over the rows that have a step there."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from sequence_learning.batch import SequenceBatch, positions_from_newest
from sequence_learning.dataloaders import TabularSequenceDataset
from sequence_learning.features.model_input import ModelInput

#: Padded steps that go through a model together, at most: what bounds the memory.
MOST_STEPS = 2**14


def batches(model_input: ModelInput, rows: np.ndarray, copies: int = 1) -> Iterator[SequenceBatch]:
    """All of ``rows``, those of like length together; every row will be there ``copies`` times at once."""
    dataset = TabularSequenceDataset(model_input, rows)
    lengths = model_input.lengths_of(rows)
    longest_first = np.argsort(-lengths, kind="stable").tolist()
    while longest_first:
        n_steps = copies * max(1, lengths[longest_first[0]])
        size = max(1, MOST_STEPS // n_steps)
        yield dataset.__getitems__(longest_first[:size])
        longest_first = longest_first[size:]


def mean_by_position(pieces: Iterable[tuple[Tensor, Tensor]], names: Sequence[str]) -> pd.DataFrame:
    """Average over rows.

    Args:
        pieces: ``(B, L, F)`` and ``lengths`` ``(B,)`` of some rows each.
        names: of what is averaged, ``F``.

    Returns:
        ``name``; ``position``, 0 for the newest step, up to the oldest that some row has; ``mean`` over the rows that
        have it, and their number ``rows``.
    """
    where, what = [], []
    for values, lengths in pieces:
        position = positions_from_newest(lengths, values.shape[1])
        real = position >= 0
        where.append(position[real])
        what.append(values[real].double())
    positions, every = torch.cat(where), torch.cat(what)
    rows = torch.bincount(positions)
    total = every.new_zeros(len(rows), len(names)).index_add_(0, positions, every)
    return pd.DataFrame(
        {
            "name": np.repeat(np.array(names, dtype=object), len(rows)),
            "position": np.tile(np.arange(len(rows)), len(names)),
            "mean": (total.T / rows).flatten().numpy(),
            "rows": np.tile(rows.numpy(), len(names)),
        }
    )
