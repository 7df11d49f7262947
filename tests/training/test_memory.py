import os
import platform
import subprocess
import sys

import pytest

from sequence_learning.training import memory
from sequence_learning.training.memory import keep_few_kernels, keep_freed_memory

_KERNELS = "ONEDNN_PRIMITIVE_CACHE_CAPACITY"

_FAULTS = """
import ctypes
import resource
import sys
from sequence_learning.training.memory import keep_freed_memory

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
    monkeypatch.setattr(memory.sys, "platform", "darwin")
    monkeypatch.setattr(memory.ctypes, "CDLL", None)
    keep_freed_memory.__wrapped__()


_SHAPES = """
import sys
import psutil
import torch
from sequence_learning.training.memory import keep_few_kernels

if sys.argv[1] == "few":
    keep_few_kernels()
torch.set_num_threads(1)
layer, process = torch.nn.LSTM(8, 64, batch_first=True), psutil.Process()
layer(torch.zeros(4, 1, 8))[0].sum().backward()
before = process.memory_info().rss
for length in range(2, 500):
    layer(torch.zeros(4, length, 8))[0].sum().backward()
print(process.memory_info().rss - before)
"""


@pytest.mark.skipif(platform.machine() != "x86_64", reason="elsewhere PyTorch has an LSTM of its own")
def test_kernels_for_shapes_that_do_not_come_back_are_forgotten() -> None:
    environment = {name: value for name, value in os.environ.items() if name != _KERNELS}

    def held(how: str) -> int:
        command = [sys.executable, "-c", _SHAPES, how]
        return int(subprocess.run(command, capture_output=True, check=True, env=environment).stdout)

    assert held("few") < held("as_before") / 2


@pytest.mark.parametrize(("said", "kept"), [({}, "64"), ({_KERNELS: "7"}, "7")])
def test_a_worker_keeps_few_kernels_unless_it_is_told_how_many(
    said: dict[str, str], kept: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = dict(said)
    monkeypatch.setattr(memory.os, "environ", environment)
    keep_few_kernels()
    assert environment == {_KERNELS: kept}
