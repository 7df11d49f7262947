"""What flows through an encoder: the steps of some sequences, and what is summarised over those of each."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

import torch
from torch import Tensor

from sequence_learning.batch import positions_from_newest, step_mask, zero_padding


@dataclass(frozen=True)
class Steps:
    """Padded sequences, with zeros on padded steps.

    Attributes:
        values: ``(B, L, D)`` float, zero where padded; ``L`` is at least 1.
        mask: ``(B, L)`` bool, True where a step is real.
        lengths: ``(B,)`` int64, number of real steps.
        ages: ``(B, L)`` float, time from each step to the prediction, zero where padded; None if not known.
        query: ``(B, Q)`` float, what the sequence is asked with (the tabular features, say); None if with nothing.
    """

    values: Tensor
    mask: Tensor
    lengths: Tensor
    ages: Tensor | None = None
    query: Tensor | None = None

    @classmethod
    def of(cls, x_seq: Tensor, lengths: Tensor, ages: Tensor | None = None, query: Tensor | None = None) -> Self:
        """Steps from padded input, whatever stands on its padding."""
        if x_seq.shape[1] == 0:  # every row is empty: one padded step spares each encoder the special case
            x_seq = x_seq.new_zeros(x_seq.shape[0], 1, x_seq.shape[2])
            ages = None if ages is None else ages.new_zeros(ages.shape[0], 1)
        mask = step_mask(lengths, x_seq.shape[1])
        if ages is not None:
            ages = zero_padding(ages, mask)
        return cls(zero_padding(x_seq, mask), mask, lengths, ages, query)

    @property
    def positions(self) -> Tensor:
        """Steps back from the newest, ``(B, L)`` int64: 0 for the newest, and 0 where padded."""
        return positions_from_newest(self.lengths, self.mask.shape[1]).clamp(min=0)

    def distances(self, unit: str) -> Tensor:
        """How far back each step lies, ``(B, L)`` float, in ``steps`` from the newest or in ``time``.

        Raises:
            ValueError: if time is asked for and ages are not known.
        """
        if unit == "steps":
            return self.positions.to(self.values.dtype)
        if self.ages is None:
            raise ValueError(
                "weights in units of time need the age of every step, but none is given; "
                "set schema.time, or the encoder's unit to steps"
            )
        return self.ages.to(self.values.dtype)

    def with_values(self, values: Tensor) -> Self:
        """The same steps with other ``values`` ``(B, L, D')``, set to zero where padded."""
        return replace(self, values=self.only_real(values))

    @cached_property
    def sums(self) -> Tensor:
        """Of ``values`` over the steps, ``(B, D)``."""
        return self.total(self.values)

    def only_real(self, values: Tensor) -> Tensor:
        """``values`` ``(B, L, ...)`` with exact zeros where padded, whatever stood there."""
        return zero_padding(values, self.mask)

    def beside(self, rows: Tensor) -> Tensor:
        """What is said of each row, ``(B, ...)``, as it broadcasts with its steps: ``(B, 1, ...)``."""
        return rows.unsqueeze(1)

    def total(self, values: Tensor) -> Tensor:
        """Sum over steps, ``(B, L, ...) -> (B, ...)``; what is padded must be zero."""
        return values.sum(dim=1)

    def largest(self, values: Tensor) -> Tensor:
        """Largest over the real steps, ``(B, L, D) -> (B, D)``; zeros where there are none."""
        return self._unless_empty(values.masked_fill(~self.mask.unsqueeze(-1), -torch.inf).amax(dim=1))

    def newest(self, values: Tensor) -> Tensor:
        """Those of the newest real step, ``(B, L, D) -> (B, D)``; zeros where there is none."""
        place = (self.lengths - 1).clamp(min=0).view(-1, 1, 1).expand(-1, 1, values.shape[2])
        return self._unless_empty(values.gather(1, place).squeeze(1))

    def softmax(self, scores: Tensor) -> Tensor:
        """Of ``scores`` ``(B, L, H)`` over the real steps, zero on the others."""
        # A finite floor, not -inf: a row without real steps would be 0/0.
        floored = scores.masked_fill(~self.mask.unsqueeze(-1), torch.finfo(scores.dtype).min)
        return self.only_real(floored.softmax(dim=1))

    def averages(self, scores: Tensor, values: Tensor) -> Tensor:
        """Weighted with the softmax of each column of ``scores``: ``(B, L, H)``, ``(B, L, D)`` to ``(B, H, D)``."""
        return self.weighted_sums(self.softmax(scores), values)

    def weighted_sums(self, weights: Tensor, values: Tensor) -> Tensor:
        """One for each column of ``weights``: ``(B, L, H)``, ``(B, L, D)`` to ``(B, H, D)``."""
        return torch.einsum("blh,bld->bhd", weights, values)

    def _unless_empty(self, summaries: Tensor) -> Tensor:
        return torch.where((self.lengths > 0).unsqueeze(1), summaries, 0.0)
