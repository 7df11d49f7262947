"""How many bits training computes with, and on what. PyTorch is asked about GPUs only where there may be one."""

import shutil
import sys
from pathlib import Path
from platform import system
from typing import Literal

from sequence_learning.parameters import TrainingParameters

Precision = Literal["32", "bf16"]

_DRIVER = Path("/proc/driver/nvidia")
_DEVICES = Path("/dev")
#: Among them, what CUDA can drive: NVIDIA's cards, its small boards, Windows' card under Linux; ROCm's at last.
_GPUS = ("nvidia*", "nvhost*", "nvgpu*", "dxg", "kfd")


def resolve_precision(parameters: TrainingParameters) -> Precision:
    """What ``auto`` means where nothing was measured: bf16 on a GPU that has it, 32 bits elsewhere."""
    if parameters.precision != "auto":
        return parameters.precision
    return "bf16" if on_gpu(parameters) and _gpu_has_bf16() else "32"


def on_gpu(parameters: TrainingParameters) -> bool:
    """Whether training runs on a GPU: one that CUDA drives, as no other was tried.

    Raises:
        ValueError: if it is to, and there is none.
    """
    found = parameters.accelerator != "cpu" and _finds_gpu()
    if parameters.accelerator == "gpu" and not found:
        raise ValueError(
            "training.accelerator 'gpu' needs a GPU that PyTorch can use through CUDA, but it finds none; install a "
            "build of PyTorch for it, or set training.accelerator to cpu"
        )
    return found


def may_have_gpu() -> bool:
    """Whether CUDA might find a GPU here, told without PyTorch; False only where nothing of a GPU is installed."""
    if system() == "Linux":
        # NVIDIA's driver makes its files in /dev when it is first used; these are there before.
        driver = _DRIVER.exists() or any(map(shutil.which, ("nvidia-smi", "nvidia-modprobe")))
        return driver or any(file for name in _GPUS for file in _DEVICES.glob(name))
    return system() != "Darwin"


def _finds_gpu() -> bool:
    if "torch" not in sys.modules and not may_have_gpu():
        return False  # to import it takes seconds, which the fits of the first run would wait for
    import torch

    return torch.cuda.is_available()


def _gpu_has_bf16() -> bool:
    import torch

    return bool(torch.cuda.is_bf16_supported())
