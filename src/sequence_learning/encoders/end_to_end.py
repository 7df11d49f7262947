"""Sequences laid end to end, with gaps in between: convolutions compute no padding then."""

from collections.abc import Callable

import torch
from torch import Tensor

from sequence_learning.encoders.steps import Steps


def is_shorter(steps: Steps, gap: int) -> bool:
    """Whether one line with ``gap`` steps between sequences has fewer steps than there are padded ones."""
    return int(steps.lengths.sum()) + gap * len(steps.lengths) < steps.mask.numel()


def end_to_end(steps: Steps, gap: int, change: Callable[[Steps], Steps]) -> Steps:
    """What ``change`` makes of steps, where it relates none to others further away than ``gap``.

    Args:
        steps: ``(B, L, D)``.
        gap: zeros between one sequence and the next, at least 1.
        change: takes and gives one row, ``(1, E + B gap, D)`` for ``E`` real steps; its gaps are padding.

    Returns:
        ``(B, L, D')``.
    """
    n_rows, n_steps = steps.mask.shape
    real = steps.mask.flatten().nonzero().squeeze(1)
    place = torch.arange(len(real)) + real // n_steps * gap
    line = _placed(steps.values.flatten(0, 1).index_select(0, real), place, len(real) + n_rows * gap)
    mask = torch.zeros(len(line), dtype=torch.bool).index_fill(0, place, True)
    changed = change(Steps(line.unsqueeze(0), mask.unsqueeze(0), mask.sum().unsqueeze(0)))
    values = _placed(changed.values.squeeze(0).index_select(0, place), real, n_rows * n_steps)
    return steps.with_values(values.reshape(n_rows, n_steps, -1))


def _placed(values: Tensor, place: Tensor, n: int) -> Tensor:
    """``(N, D) -> (n, D)``: each value in its place, and zeros elsewhere."""
    return values.new_zeros(n, values.shape[1]).index_copy(0, place, values)
