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
        return self.beside(self._ends - 1) - self._numbers

    @cached_property
    def _ends(self) -> Tensor:
        """How many steps lie before those of the next row, ``(B,)``."""
        return self.lengths.cumsum(0)

    @cached_property
    def _starts(self) -> Tensor:
        """How many steps lie before those of each row, ``(B,)``."""
        return self._ends - self.lengths

    @cached_property
    def _numbers(self) -> Tensor:
        """That of each step, from 0, ``(E,)``."""
        return torch.arange(len(self.values), device=self.values.device)

    def only_real(self, values: Tensor) -> Tensor:
        """All are."""
        return values

    def beside(self, rows: Tensor) -> Tensor:
        """What is said of each row, ``(B, ...)``, said of its steps, ``(E, ...)``."""
        if rows.shape[1:].numel() == 1:  # of single numbers, PyTorch takes a third of the time
            return rows.flatten().index_select(0, self.rows).view(-1, *rows.shape[1:])
        return rows.index_select(0, self.rows)

    def total(self, values: Tensor) -> Tensor:
        """``(E, ...) -> (B, ...)``."""
        table = values.reshape(len(values), values.shape[1:].numel())
        sums: Tensor = _Sums.apply(table, self)
        return sums.view(len(self.lengths), *values.shape[1:])

    def largest(self, values: Tensor) -> Tensor:
        """``(E, D) -> (B, D)``; zeros for an empty row."""
        return self._unless_empty(self._largest(values))

    def newest(self, values: Tensor) -> Tensor:
        """``(E, D) -> (B, D)``; zeros for an empty row."""
        if not len(values):
            return self.total(values)
        place = (self._ends - 1).clamp(min=0)
        return self._unless_empty(values.index_select(0, place))

    def _largest(self, values: Tensor) -> Tensor:
        """As :meth:`largest`, but minus infinity for an empty row."""
        # The gradient of segment_reduce gives each of several largest values the whole where that is negative. Where no
        # gradient is asked for it takes half the time of scatter_reduce, which for narrow steps compares one by one.
        if not values.requires_grad and values.shape[1] < _NARROW:
            return torch.segment_reduce(values, "max", lengths=self.lengths, unsafe=True)
        lowest = values.new_full((len(self.lengths), values.shape[1]), -torch.inf)
        return lowest.scatter_reduce(0, self.rows.unsqueeze(1).expand_as(values), values, "amax")

    def softmax(self, scores: Tensor) -> Tensor:
        """Of ``scores`` ``(E, H)`` over the steps of each row."""
        weights = (scores - self.beside(self._largest(scores.detach()))).exp()
        return weights / self.beside(self.total(weights))

    def averages(self, scores: Tensor, values: Tensor) -> Tensor:
        """``(E, H)``, ``(E, D)`` to ``(B, H, D)``."""
        averages: Tensor = _Averages.apply(scores.to(values.dtype), values, self)
        return averages

    def weighted_sums(self, weights: Tensor, values: Tensor) -> Tensor:
        """``(E, H)``, ``(E, D)`` to ``(B, H, D)``."""
        return self.total(weights.unsqueeze(-1) * values.unsqueeze(1))

    def padded(self) -> Steps:
        """The same steps, each row padded to the longest."""
        n_rows, n_steps = len(self.lengths), int(self.lengths.max())
        place = self.rows * n_steps + self._numbers - self.beside(self._starts)

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
    def forward(ctx: Any, values: Tensor, steps: RaggedSteps) -> Tensor:  # noqa: ANN401
        ctx.steps = steps
        return F.embedding_bag(steps._numbers, values, steps._starts, mode="sum")

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:  # noqa: ANN401
        steps: RaggedSteps = ctx.steps
        return steps.beside(gradient), None


class _Averages(torch.autograd.Function):
    r"""Averages over the steps of each row, weighted with a softmax; the gradient, of first order, is written out.

    With :math:`a = \sum_t w_t x_t` and :math:`g` its gradient, that of a score is :math:`w_t (g x_t - g a)`: nothing
    has to be added up over steps for it. Weights are kept as they are before they are divided by their sum: averages
    and their gradients are divided, of which there are fewer.
    """

    @staticmethod
    def forward(ctx: Any, scores: Tensor, values: Tensor, steps: RaggedSteps) -> Tensor:  # noqa: ANN401
        # Here, too, scores say that they ask for a gradient, for which the slower way would be taken.
        highest = steps._largest(scores.detach())
        weights = (scores - steps.beside(highest)).exp_()
        total = torch.segment_reduce(weights, "sum", lengths=steps.lengths, unsafe=True).unsqueeze(-1)
        total.clamp_(min=1.0)  # for an empty row: the largest weight of others is 1
        bags = steps._numbers, values, steps._starts
        sums = [F.embedding_bag(*bags, mode="sum", per_sample_weights=head.contiguous()) for head in weights.unbind(1)]
        averages = torch.stack(sums, dim=1).div_(total)
        ctx.steps = steps
        ctx.save_for_backward(weights, total, averages, values)
        return averages

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor | None, None]:  # noqa: ANN401
        if torch.is_grad_enabled():
            raise RuntimeError("averages of RaggedSteps have gradients of first order only; those of Steps have more")
        weights, total, averages, values = ctx.saved_tensors
        steps: RaggedSteps = ctx.steps
        gradient = gradient / total
        of_steps = steps.beside(gradient)
        of_values = (weights.unsqueeze(-1) * of_steps).sum(1) if ctx.needs_input_grad[1] else None
        of_averages = steps.beside((gradient * averages).sum(-1))
        return weights * ((of_steps * values.unsqueeze(1)).sum(-1) - of_averages), of_values, None
