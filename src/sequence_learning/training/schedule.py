"""The learning rate by step."""

import math


def warm_up(step: int, n_warm_up: int) -> float:
    """Share of the peak at ``step``: rises over so many steps, then is 1."""
    return min(1.0, (step + 1) / max(1, n_warm_up))


def cosine(step: int, n_warm_up: int, n_steps: int) -> float:
    """Share of the peak at ``step``: 1 until the end of the warm-up, then falls to 0 along a cosine.

    Loshchilov & Hutter, 2017, https://arxiv.org/abs/1608.03983.
    """
    start = max(1, n_warm_up)
    progress = (step - start) / max(1, n_steps - start)
    return 0.5 * (1 + math.cos(math.pi * min(1.0, max(0.0, progress))))
