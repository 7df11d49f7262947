"""The machine that times were measured on."""

import os
import platform
from importlib.metadata import version

from sequence_learning.processor import gpu_name, processor_name
from sequence_learning.training.pool import available_cores

_PACKAGES = ("torch", "onnxruntime", "lightgbm")


def describe_machine() -> dict[str, str | int | float]:
    """Names and sizes of what a prediction runs on.

    Returns:
        ``processor``; ``cores`` that this process may use; ``memory_gib`` (0 where the system does not tell);
        ``operating_system``; ``python`` and the versions of torch, onnxruntime and lightgbm; ``gpu`` (``none`` without
        one); ``threads_per_call``, always 1.
    """
    return {
        "processor": processor_name(),
        "cores": available_cores(),
        "memory_gib": _memory_gib(),
        "operating_system": platform.platform(),
        "python": platform.python_version(),
        **{package: version(package) for package in _PACKAGES},
        "gpu": gpu_name(),
        "threads_per_call": 1,
    }


def _memory_gib() -> float:
    if "SC_PHYS_PAGES" not in getattr(os, "sysconf_names", {}):
        return 0.0
    return round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30, 1)
