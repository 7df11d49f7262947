"""Timing in rounds: each call is made once per round, so that a machine that slows down slows all of them."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import TypeVar

import numpy as np
from torch.utils.benchmark import timer

from sequence_learning.training.threads import single_thread

Key = TypeVar("Key", bound=Hashable)

#: A median of fewer calls would be chance.
LEAST_CALLS = 3
#: Timed calls of a turn.
CALLS_PER_TURN = 4
#: Calls below which a percentile would be no more than the slowest of them.
_LEAST_CALLS_OF = {50: LEAST_CALLS, 95: 20, 99: 100}


def time_in_rounds(calls: Mapping[Key, Callable[[], object]], seconds: float) -> dict[Key, list[float]]:
    """Time calls one by one, taking turns, with one PyTorch thread.

    A turn begins with a call that is not timed, in which caches fill again with what that model needs; then come
    :data:`CALLS_PER_TURN` that are. The clock is that of PyTorch's benchmarks, which waits for a GPU to finish.

    Args:
        calls: what is timed, by name.
        seconds: after so much time, calls that are not timed included, a call takes no part in further rounds, unless
            it was timed fewer than :data:`LEAST_CALLS` times.

    Returns:
        Seconds of each call, in the order in which they were made.
    """
    times: dict[Key, list[float]] = {key: [] for key in calls}
    spent = dict.fromkeys(calls, 0.0)
    running = list(calls)
    with single_thread():
        while running:
            for key in running:
                started = timer()
                calls[key]()
                times[key] += [_seconds(calls[key]) for _ in range(CALLS_PER_TURN)]
                spent[key] += timer() - started
            running = [key for key in running if spent[key] < seconds or len(times[key]) < LEAST_CALLS]
    return times


def _seconds(call: Callable[[], object]) -> float:
    started = timer()
    call()
    return float(timer() - started)


def percentiles(seconds: Sequence[float]) -> dict[str, float]:
    """``p50_ms``, ``p95_ms`` and ``p99_ms``, NaN where there are too few calls to tell, and the number of ``calls``."""
    known = {
        f"p{share}_ms": float(np.percentile(seconds, share)) * 1e3 if len(seconds) >= least else float("nan")
        for share, least in _LEAST_CALLS_OF.items()
    }
    return known | {"calls": len(seconds)}
