"""Summaries of the real steps of each row, ``(B, L, D) -> (B, D)``; an empty row gives zeros."""

import math

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
    return _unless_empty(steps, steps.largest(steps.values))


def smallest(steps: Steps) -> Tensor:
    """Smallest value over the real steps."""
    return _unless_empty(steps, -steps.largest(-steps.values))


def quantile(steps: Steps, share: float) -> Tensor:
    """Quantile over the real steps with linear interpolation, as numpy's default."""
    padded = steps.padded()
    ascending = padded.values.masked_fill(~padded.mask.unsqueeze(-1), torch.inf).sort(dim=1).values
    rank = share * (steps.lengths - 1).clamp(min=0).to(ascending.dtype)
    below, above = (
        ascending.gather(1, index.long().view(-1, 1, 1).expand(-1, 1, ascending.shape[2])).squeeze(1)
        for index in (rank.floor(), rank.ceil())
    )
    return _unless_empty(steps, torch.lerp(below, above, (rank - rank.floor()).unsqueeze(1)))


def halving(steps: Steps, half_lives: Tensor | float, unit: str) -> Tensor:
    r"""Weights :math:`2^{-d / h}`, times what makes the nearest step of each row weigh 1; zero where padded.

    Args:
        steps: of which the distances :math:`d` are read.
        half_lives: :math:`h`, one number or ``(D, K)``.
        unit: of both, ``steps`` or ``time``.

    Returns:
        ``(B, L)``, or ``(B, L, D, K)``.
    """
    distance = steps.distances(unit)
    if unit == "time":  # the newest step is 0 steps away, but may be of any age
        nearest = _unless_empty(steps, -steps.largest(-distance.unsqueeze(-1)))
        distance = steps.only_real(distance - steps.beside(nearest.squeeze(1)))
    if isinstance(half_lives, Tensor):
        distance = distance.view(*distance.shape, *[1] * half_lives.ndim)
    return steps.only_real(torch.exp(-math.log(2) * distance / half_lives))


def shares(steps: Steps, weights: Tensor) -> Tensor:
    """Weights divided by their sum in each row, where the largest is 1: only an empty row has a sum below."""
    return weights / steps.beside(steps.total(weights).clamp(min=1.0))


def reversed_steps(x_seq: Tensor, lengths: Tensor) -> Tensor:
    """The real steps of each row in reverse order, ``(B, L, D) -> (B, L, D)``; padding stays on the right."""
    step = torch.arange(x_seq.shape[1], device=x_seq.device)
    mirrored = lengths.unsqueeze(1) - 1 - step
    index = torch.where(mirrored >= 0, mirrored, step)
    return x_seq.gather(1, index.unsqueeze(-1).expand_as(x_seq))


def _per_step(steps: Steps, sums: Tensor) -> Tensor:
    return sums / steps.lengths.clamp(min=1).unsqueeze(1)


def _unless_empty(steps: Steps, summaries: Tensor) -> Tensor:
    return torch.where((steps.lengths > 0).unsqueeze(1), summaries, 0.0)
