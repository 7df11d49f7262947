"""A batch of sequences, padded or end to end, beside tabular features, and the legend of shape letters.

Shape letters, used in every docstring of this package:

========  ==========================================================================
``B``     examples in a batch
``L``     steps of the longest sequence in the batch; shorter ones are padded on the right
``D``     numbers per step (channels, after embedding the categorical ones)
``N``     examples in the whole data set
``E``     events, in the whole data set or in a ragged batch
``T``     tabular numbers per example
``K``     categorical columns
``C``     outputs of the head: 1, or the number of classes
``M``     members of an ensemble
``S``     summaries of one sequence, the width of an encoder's output (``d_out``)
========  ==========================================================================

Steps run from oldest (index 0) to newest (index ``length - 1``). A mask is True where a step is real.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Self

import torch
from torch import Tensor


@dataclass(frozen=True)
class SequenceBatch:
    """Some examples, padded to their own longest sequence.

    Attributes:
        values: ``(B, L, D_numeric)`` float32, numeric channels of each step; zero where padded.
        codes: ``(B, L, K_event)`` int64, categorical channels of each step; 0 where padded or unknown.
        lengths: ``(B,)`` int64, number of real steps, zero included.
        numeric: ``(B, T)`` float32, tabular numbers.
        categorical: ``(B, K)`` int64, tabular codes; 0 means unknown.
        target: ``(B,)`` float32 (regression: standardised; binary: 0 or 1) or int64 (class index).
        ages: ``(B, L)`` float32, time from each step to the prediction in the data's own unit, never negative; zero
            where padded. None if the data have no times.
    """

    values: Tensor
    codes: Tensor
    lengths: Tensor
    numeric: Tensor
    categorical: Tensor
    target: Tensor
    ages: Tensor | None = None

    def __len__(self) -> int:
        return self.lengths.shape[0]

    def numel(self) -> int:
        """How many numbers its tensors hold, padding included."""
        return sum(tensor.numel() for tensor in vars(self).values() if tensor is not None)

    def to(self, device: torch.device | str) -> Self:
        """The same batch on a device; from pinned memory the copy runs beside the computation."""
        if self.lengths.device == torch.device(device):
            return self
        return self._each(lambda tensor: tensor.to(device, non_blocking=True))

    def pin_memory(self) -> Self:
        """The same batch in memory that a GPU can read by itself."""
        return self._each(torch.Tensor.pin_memory)

    def _each(self, change: Callable[[Tensor], Tensor]) -> Self:
        return replace(self, **{name: change(t) for name, t in vars(self).items() if t is not None})


class RaggedBatch(SequenceBatch):
    """Some examples, their sequences end to end, in the order of the rows and without padding.

    Values ``(E, D_numeric)``, codes ``(E, K_event)`` and ages ``(E,)`` are those of the ``E`` events of all of them.
    """

    def split(self, n_rows: list[int], n_events: list[int]) -> list["RaggedBatch"]:
        """The same rows in parts, of so many rows and events each."""
        parts = {
            name: torch.split(tensor, n_events if name in {"values", "codes", "ages"} else n_rows)
            for name, tensor in vars(self).items()
            if tensor is not None
        }
        return [RaggedBatch(**{name: tensors[i] for name, tensors in parts.items()}) for i in range(len(n_rows))]


def together(parts: list[Tensor]) -> Tensor:
    """The rows of all parts; those of one alone are not copied."""
    return torch.cat(parts) if len(parts) > 1 else parts[0]


def step_mask(lengths: Tensor, n_steps: int) -> Tensor:
    """True where a step is real: ``(B, L)`` from ``lengths`` ``(B,)``."""
    return torch.arange(n_steps, device=lengths.device) < lengths.unsqueeze(1)


def zero_padding(x_seq: Tensor, mask: Tensor) -> Tensor:
    """``x_seq`` ``(B, L, ...)`` with exact zeros on padded steps, whatever stood there (NaN and inf included)."""
    mask = mask[(..., *[None] * (x_seq.ndim - mask.ndim))]
    return torch.where(mask, x_seq, x_seq.new_zeros(()))


def positions_from_newest(lengths: Tensor, n_steps: int) -> Tensor:
    """Steps back from the newest event, ``(B, L)`` int64: 0 for the newest, negative where padded."""
    return lengths.unsqueeze(1) - 1 - torch.arange(n_steps, device=lengths.device)
