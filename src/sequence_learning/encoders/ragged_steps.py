"""Steps without padding: what poolings train on, as each of their operations costs more than its arithmetic."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from sequence_learning.encoders.steps import Steps

#: Numbers per step from which on scatter_reduce compares several at once.
_NARROW = 16


@dataclass(frozen=True)
class RaggedSteps(Steps):
    """Sequences end to end: ``(E, ...)`` for the ``E`` steps of all rows where padded steps have ``(B, L, ...)``."""

    @classmethod
    def of(cls, x_seq: Tensor, lengths: Tensor, ages: Tensor | None = None, query: Tensor | None = None) -> Self:
        """Steps ``(E, D)`` in the order of their rows, oldest first, with ages ``(E,)``."""
        return cls(x_seq, lengths.new_ones(len(x_seq), dtype=torch.bool), lengths, ages, query)

    @cached_property
    def rows(self) -> Tensor:
        """To which row each step belongs, ``(E,)`` int64."""
        return torch.repeat_interleave(self.lengths)

    @property
    def positions(self) -> Tensor:
        """Steps back from the newest, ``(E,)`` int64."""
        return self.beside(self._starts + self.lengths - 1) - torch.arange(len(self.rows), device=self.rows.device)

    @cached_property
    def _starts(self) -> Tensor:
        """How many steps lie before those of each row, ``(B,)``."""
        return self.lengths.cumsum(0) - self.lengths

    def only_real(self, values: Tensor) -> Tensor:
        """All are."""
        return values

    def beside(self, rows: Tensor) -> Tensor:
        """What is said of each row, ``(B, ...)``, said of its steps, ``(E, ...)``."""
        return rows.index_select(0, self.rows)

    def total(self, values: Tensor) -> Tensor:
        """``(E, ...) -> (B, ...)``."""
        table = values.reshape(len(values), values.shape[1:].numel())
        sums: Tensor = _Sums.apply(table, self.rows, self._starts)
        return sums.view(len(self.lengths), *values.shape[1:])

    def largest(self, values: Tensor) -> Tensor:
        """``(E, D) -> (B, D)``; zeros for an empty row."""
        # The gradient of segment_reduce gives each of several largest values the whole where that is negative. Where no
        # gradient is asked for it takes half the time of scatter_reduce, which for narrow steps compares one by one.
        if not values.requires_grad and values.shape[1] < _NARROW:
            return self._unless_empty(torch.segment_reduce(values, "max", lengths=self.lengths, unsafe=True))
        lowest = values.new_full((len(self.lengths), values.shape[1]), -torch.inf)
        return self._unless_empty(lowest.scatter_reduce(0, self.rows.unsqueeze(1).expand_as(values), values, "amax"))

    def newest(self, values: Tensor) -> Tensor:
        """``(E, D) -> (B, D)``; zeros for an empty row."""
        if not len(values):
            return self.total(values)
        place = (self._starts + self.lengths - 1).clamp(min=0)
        return self._unless_empty(values.index_select(0, place))

    def softmax(self, scores: Tensor) -> Tensor:
        """Of ``scores`` ``(E, H)`` over the steps of each row."""
        weights = (scores - self.beside(self.largest(scores.detach()))).exp()
        return weights / self.beside(self.total(weights))

    def weighted_sums(self, weights: Tensor, values: Tensor) -> Tensor:
        """``(E, H)``, ``(E, D)`` to ``(B, H, D)``."""
        return self.total(weights.unsqueeze(-1) * values.unsqueeze(1))

    def padded(self) -> Steps:
        """The same steps, each row padded to the longest."""
        n_rows, n_steps = len(self.lengths), int(self.lengths.max())
        before = self.beside(self._starts)
        place = self.rows * n_steps + torch.arange(len(self.rows), device=self.rows.device) - before

        def spread(values: Tensor) -> Tensor:
            line = values.new_zeros(n_rows * n_steps, *values.shape[1:]).index_copy(0, place, values)
            return line.view(n_rows, n_steps, *values.shape[1:])

        ages = None if self.ages is None else spread(self.ages)
        return Steps.of(spread(self.values), self.lengths, ages, self.query)


class _Sums(torch.autograd.Function):
    """Sums over the steps of each row, ``(E, D) -> (B, D)``.

    PyTorch adds up a bag of embeddings in a sixth of the time that ``index_add`` takes, but is slow with the gradient
    of that: the gradient of each sum, repeated for its steps.
    """

    @staticmethod
    def forward(ctx: Any, values: Tensor, rows: Tensor, starts: Tensor) -> Tensor:  # noqa: ANN401
        ctx.save_for_backward(rows)
        return F.embedding_bag(torch.arange(len(values), device=values.device), values, starts, mode="sum")

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:  # noqa: ANN401
        (rows,) = ctx.saved_tensors
        return gradient.index_select(0, rows), None, None
