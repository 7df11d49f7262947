"""What this machine computes with."""

import platform
from pathlib import Path


def processor_name() -> str:
    """The processor's name, as the system tells it."""
    listed = Path("/proc/cpuinfo")
    if listed.exists():
        for line in listed.read_text().splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.processor() or platform.machine()


def gpu_name() -> str:
    """The first CUDA device's name; ``none`` without one."""
    import torch

    return torch.cuda.get_device_name() if torch.cuda.is_available() else "none"
