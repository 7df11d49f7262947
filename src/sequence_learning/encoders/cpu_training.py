"""Where layers are computed in other ways than PyTorch's, which are quicker while a CPU trains, and nowhere else."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import torch
from torch import Tensor

_only_torch = ContextVar("only_torch", default=False)


@contextmanager
def torch_layers() -> Iterator[None]:
    """With PyTorch's layers alone, on padded steps, wherever they run."""
    token = _only_torch.set(True)
    try:
        yield
    finally:
        _only_torch.reset(token)


def trains_on_cpu(values: Tensor) -> bool:
    """Whether a CPU trains; not while exporting, and not without gradients."""
    with_gradients = torch.is_grad_enabled() and not torch.compiler.is_compiling()
    return with_gradients and values.device.type == "cpu" and not _only_torch.get()


def trains_in_16_bits_on_cpu(values: Tensor) -> bool:
    """Whether it does so in bf16."""
    return trains_on_cpu(values) and torch.is_autocast_enabled("cpu")


def trains_in_32_bits_on_cpu(values: Tensor) -> bool:
    """Whether it does so in 32 bits."""
    return trains_on_cpu(values) and not torch.is_autocast_enabled("cpu")
