"""The most memory that this process has held."""

import sys
from pathlib import Path

_OWN = Path("/proc/self/status")
_LEAST = 1.0  # the system counts in batches: less than a megabyte is not told apart


def peak_mb() -> float:
    """In a million bytes; NaN on Windows.

    Linux is asked through ``/proc``, because there ``ru_maxrss`` begins with what the starting process held.
    """
    if _OWN.exists():
        for line in _OWN.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024 / 1e6
    if sys.platform == "win32":
        return float("nan")
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak * (1 if sys.platform == "darwin" else 1024) / 1e6


def beyond(idle_mb: float) -> float:
    """How far the peak has risen above what it was, in a million bytes, 1 at least."""
    return max(peak_mb() - idle_mb, _LEAST)
