import subprocess
import sys

import pytest

from sequence_learning.training import heap
from sequence_learning.training.heap import keep_freed_memory

_FAULTS = """
import ctypes
import resource
import sys
from sequence_learning.training.heap import keep_freed_memory

if sys.argv[1] == "keep":
    keep_freed_memory()
library = ctypes.CDLL(None)
library.malloc.restype = ctypes.c_void_p
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(20):
    block = library.malloc(50_000_000)  # larger than what the library comes to keep by itself
    ctypes.memset(block, 1, 50_000_000)
    library.free(ctypes.c_void_p(block))
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the GNU C library's heap")
def test_memory_that_was_freed_is_used_again_without_a_fault() -> None:
    faults = {
        how: int(subprocess.run([sys.executable, "-c", _FAULTS, how], capture_output=True, check=True).stdout)
        for how in ("keep", "give_back")
    }
    assert faults["keep"] < faults["give_back"] / 2


def test_elsewhere_it_does_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heap.sys, "platform", "darwin")
    monkeypatch.setattr(heap.ctypes, "CDLL", None)
    keep_freed_memory.__wrapped__()
