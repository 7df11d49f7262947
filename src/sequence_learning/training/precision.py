"""How many bits training computes with."""

from typing import Literal

import torch

from sequence_learning.parameters import TrainingParameters

Precision = Literal["32", "bf16"]


def resolve_precision(parameters: TrainingParameters) -> Precision:
    """What ``auto`` means where nothing was measured: bf16 on a GPU that has it, 32 bits elsewhere."""
    if parameters.precision != "auto":
        return parameters.precision
    return "bf16" if on_gpu(parameters) and torch.cuda.is_bf16_supported() else "32"


def on_gpu(parameters: TrainingParameters) -> bool:
    """Whether training runs on a GPU: one that CUDA drives, as no other was tried.

    Raises:
        ValueError: if it is to, and there is none.
    """
    if parameters.accelerator == "gpu" and not torch.cuda.is_available():
        raise ValueError(
            "training.accelerator 'gpu' needs a GPU that PyTorch can use through CUDA, but it finds none; install a "
            "build of PyTorch for it, or set training.accelerator to cpu"
        )
    return parameters.accelerator != "cpu" and torch.cuda.is_available()
