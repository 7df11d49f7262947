"""Gradients of all parameters side by side in one tensor, so that what is done to all is done at once."""

from collections.abc import Iterable

import torch
from torch import nn


class Gradients:
    """The gradients of some parameters, from now on parts of one tensor.

    PyTorch clears, measures and scales the gradient of each parameter by itself, which takes a tenth of a training
    step of the smallest models. They stay parts of it as long as nothing gives a parameter another gradient, as
    ``zero_grad`` would. A parameter that a step does not use has a gradient of zero, not none: AdamW decays it.

    Attributes:
        values: all of them, ``(number of weights,)``.

    Args:
        parameters: of one type, on the device where they are trained; those that are frozen are left out.
    """

    def __init__(self, parameters: Iterable[nn.Parameter]) -> None:
        parameters = [parameter for parameter in parameters if parameter.requires_grad]
        sizes = [parameter.numel() for parameter in parameters]
        self.values = torch.zeros(sum(sizes), dtype=parameters[0].dtype, device=parameters[0].device)
        for parameter, part in zip(parameters, torch.split(self.values, sizes), strict=True):
            parameter.grad = part.view_as(parameter)

    def clear(self) -> None:
        """Set all to zero, in place: were they set to None, each parameter would be given a tensor of its own."""
        self.values.zero_()

    def clip(self, norm: float) -> None:
        """Scale all by one factor if they are longer, together, than ``norm``; as ``clip_grad_norm_``."""
        self.values.mul_((norm / (self.values.norm() + 1e-6)).clamp(max=1.0))
