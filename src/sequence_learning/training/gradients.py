"""Gradients of all parameters side by side in one tensor, so that what is done to all takes one operation."""

from collections.abc import Iterable

import torch
from torch import nn


class Gradients:
    """The gradients of some parameters, from now on parts of one tensor.

    PyTorch clears, measures and scales the gradient of each parameter by itself, which takes a tenth of a training
    step of the smallest models.

    Attributes:
        values: all of them, ``(number of weights,)``.

    Args:
        parameters: what is trained, on the device where it is trained.
    """

    def __init__(self, parameters: Iterable[nn.Parameter]) -> None:
        parameters = list(parameters)
        sizes = [parameter.numel() for parameter in parameters]
        self.values = torch.zeros(sum(sizes), device=parameters[0].device)
        for parameter, part in zip(parameters, torch.split(self.values, sizes), strict=True):
            parameter.grad = part.view_as(parameter)

    def clear(self) -> None:
        """Set all to zero, in place: a parameter without a gradient would be given one of its own."""
        self.values.zero_()

    def clip(self, norm: float) -> None:
        """Scale all by one factor if they are longer, together, than ``norm``; as ``clip_grad_norm_``."""
        self.values.mul_((norm / (self.values.norm() + 1e-6)).clamp(max=1.0))
