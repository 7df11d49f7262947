"""The learning rate by step."""

import math

_WARM_UP = 0.1


def warm_up(step: int, n_steps: int) -> float:
    """Share of the peak at ``step``: rises over the first tenth of the steps, then is 1."""
    return min(1.0, (step + 1) / _n_warm_up(n_steps))


def cosine(step: int, n_steps: int) -> float:
    """Share of the peak at ``step``: 1 until the end of the warm-up, then falls to 0 along a cosine.

    Loshchilov & Hutter, 2017, https://arxiv.org/abs/1608.03983.
    """
    start = _n_warm_up(n_steps)
    progress = (step - start) / max(1, n_steps - start)
    return 0.5 * (1 + math.cos(math.pi * min(1.0, max(0.0, progress))))


def _n_warm_up(n_steps: int) -> int:
    return max(1, round(_WARM_UP * n_steps))
