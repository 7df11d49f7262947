"""What a worker keeps in memory: what it freed, and the kernels of few shapes."""

import ctypes
import os
import sys
from functools import cache

# From malloc.h of the GNU C library.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
_LARGE = 2**30
_LARGE_FORMERLY = 2**25  # the most that older releases take

#: More than a step of training uses of one shape.
_KERNELS = 64


def prepare_memory() -> None:
    """For a process that trains, before it runs a layer."""
    keep_freed_memory()
    keep_few_kernels()


@cache
def keep_freed_memory() -> None:
    """Let this process keep freed memory instead of giving it back; elsewhere than on Linux with glibc, do nothing.

    Tensors of an optimisation step are freed and allocated again in the next: by default each large one is a mapping
    of its own, and every page of it a fault. Both thresholds are needed; the second alone is slower than none.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is not None and any(mallopt(_M_MMAP_THRESHOLD, size) for size in (_LARGE, _LARGE_FORMERLY)):
        mallopt(_M_TRIM_THRESHOLD, _LARGE)


def keep_few_kernels() -> None:
    """Let oneDNN keep the kernels that were used last, unless the environment says how many.

    It makes kernels for every shape of its inputs, with memory of their own, and keeps 1,024. Buckets seldom have the
    shape of an earlier one: an LSTM's worker held half a gigabyte of them after some epochs, and was no faster for it.
    (It would be if some dozens of shapes came back again and again.)
    """
    os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", str(_KERNELS))
