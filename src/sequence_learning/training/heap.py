"""How a worker's heap treats memory that was freed."""

import ctypes
import sys
from functools import cache

# From malloc.h of the GNU C library.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
_LARGE = 2**30
_LARGE_FORMERLY = 2**25  # the most that older releases take


@cache
def keep_freed_memory() -> None:
    """Let this process keep freed memory instead of giving it back; elsewhere than on Linux with glibc, do nothing.

    Tensors of an optimisation step are freed and allocated again in the next: by default each large one is a mapping
    of its own, and every page of it a fault. Both thresholds are needed; the second alone is slower than none.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is not None and any(mallopt(_M_MMAP_THRESHOLD, size) for size in (_LARGE, _LARGE_FORMERLY)):
        mallopt(_M_TRIM_THRESHOLD, _LARGE)
