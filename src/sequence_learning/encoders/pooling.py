"""Summaries of the real steps of each row, ``(B, L, D) -> (B, D)``; an empty row gives zeros."""

import torch
from torch import Tensor

from sequence_learning.encoders.steps import Steps


def mean(steps: Steps) -> Tensor:
    """Mean over the real steps."""
    return _per_step(steps, steps.sums)


def std(steps: Steps) -> Tensor:
    """Population standard deviation over the real steps."""
    centred = steps.only_real(steps.values - steps.beside(mean(steps)))
    # The root has an infinite slope at zero; a constant channel must not turn gradients into NaN.
    return _per_step(steps, steps.total(centred.square())).clamp(min=1e-12).sqrt() * (steps.lengths > 0).unsqueeze(1)


def largest(steps: Steps) -> Tensor:
    """Largest value over the real steps."""
    return steps.largest(steps.values)


def smallest(steps: Steps) -> Tensor:
    """Smallest value over the real steps."""
    return -steps.largest(-steps.values)


def masked_quantile(steps: Steps, share: float) -> Tensor:
    """Quantile over the real ones of padded steps with linear interpolation, as numpy's default."""
    ascending = steps.values.masked_fill(~steps.mask.unsqueeze(-1), torch.inf).sort(dim=1).values
    rank = share * (steps.lengths - 1).clamp(min=0).to(ascending.dtype)
    below, above = (
        ascending.gather(1, index.long().view(-1, 1, 1).expand(-1, 1, ascending.shape[2])).squeeze(1)
        for index in (rank.floor(), rank.ceil())
    )
    between = torch.lerp(below, above, (rank - rank.floor()).unsqueeze(1))
    return torch.where((steps.lengths > 0).unsqueeze(1), between, 0.0)


def _per_step(steps: Steps, sums: Tensor) -> Tensor:
    return sums / steps.lengths.clamp(min=1).unsqueeze(1)
