"""How much memory this process has taken."""

import sys


def peak_memory_mb() -> float | None:
    """The most that was resident at once since the process began, in a million bytes; None where no one counts it."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak * (1 if sys.platform == "darwin" else 1024) / 1e6
