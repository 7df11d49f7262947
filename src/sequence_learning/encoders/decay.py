"""Weights that fade with distance, and their division by their sum."""

import math

import torch
from torch import Tensor

from sequence_learning.encoders.steps import Steps


def halving(steps: Steps, rate: Tensor | float, unit: str) -> Tensor:
    r"""Weights :math:`2^{-r d}`, times what makes the nearest step of each row weigh 1; zero where padded.

    That factor cancels when they are divided by their sum, which is safe then, whatever the age of the events.

    Args:
        steps: of which the distances :math:`d` are read.
        rate: :math:`r`, one over the half-life: one number, or those of channels, ``(D, K)``.
        unit: of distances, ``steps`` or ``time``.

    Returns:
        ``(B, L)``, or ``(B, L, D, K)``.
    """
    distance = steps.distances(unit)
    if unit == "time":  # the newest step is 0 steps away, but may be of any age
        nearest = -steps.largest(-distance.unsqueeze(-1)).squeeze(1)
        distance = steps.only_real(distance - steps.beside(nearest))
    if isinstance(rate, Tensor):
        distance = distance[(..., *[None] * rate.ndim)]
    return steps.only_real(torch.exp(-math.log(2) * distance * rate))


def shares(steps: Steps, weights: Tensor) -> Tensor:
    """Weights divided by their sum in each row; see :func:`total_of`."""
    return weights / steps.beside(total_of(steps, weights))


def total_of(steps: Steps, weights: Tensor) -> Tensor:
    """Sum of weights of which the largest in each row is 1, ``(B, L, ...) -> (B, ...)``; 1 for an empty row."""
    return steps.total(weights).clamp(min=1.0)
