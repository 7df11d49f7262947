"""Weights side by side in few tensors, and gradients in one, so that what is done to all is done at once."""

import torch
from torch import Tensor, nn
from torch.optim import Optimizer


class FlatParameters:
    """Gradients of all parameters of an optimiser in one tensor and, if asked for, the weights of each group in one.

    PyTorch clears, measures, scales and moves each parameter by itself, which takes a sixth of a training step of the
    smallest models. The model's parameters become views of these tensors, and stay so as long as nothing gives them
    other data, as ``.to`` another device would, or gradients, as ``zero_grad`` would. A parameter that a step does not
    use has a gradient of zero, not none: AdamW decays it.

    Attributes:
        gradients: all of them, ``(number of weights,)``.

    Args:
        optimizer: before its first step, of parameters of one type, where they are trained. Those that are frozen are
            left out.
        move_weights: whether weights are laid side by side, too; each group is one parameter from then on. (Layers of
            NVIDIA's library need theirs where they are.)
    """

    def __init__(self, optimizer: Optimizer, *, move_weights: bool) -> None:
        groups = optimizer.param_groups
        trained = [[parameter for parameter in group["params"] if parameter.requires_grad] for group in groups]
        sizes = [sum(parameter.numel() for parameter in parameters) for parameters in trained]
        first = next(parameter for parameters in trained for parameter in parameters)
        self.gradients = torch.zeros(sum(sizes), dtype=first.dtype, device=first.device)
        for group, parameters, gradients in zip(groups, trained, torch.split(self.gradients, sizes), strict=True):
            for parameter, part in zip(parameters, torch.split(gradients, _sizes(parameters)), strict=True):
                parameter.grad = part.view_as(parameter)
            group["params"] = [_side_by_side(parameters, gradients)] if move_weights and parameters else parameters

    def clear(self) -> None:
        """Set all gradients to zero, in place: were they set to None, each parameter would be given one of its own."""
        self.gradients.zero_()

    def clip(self, norm: float) -> None:
        """Scale all gradients by one factor if they are longer, together, than ``norm``; as ``clip_grad_norm_``."""
        self.gradients.div_((torch.linalg.vector_norm(self.gradients) / norm).clamp_(min=1.0))


def _side_by_side(parameters: list[nn.Parameter], gradients: Tensor) -> nn.Parameter:
    weights = torch.cat([parameter.detach().flatten() for parameter in parameters])
    for parameter, part in zip(parameters, torch.split(weights, _sizes(parameters)), strict=True):
        parameter.data = part.view_as(parameter)
    whole = nn.Parameter(weights)
    whole.grad = gradients
    return whole


def _sizes(parameters: list[nn.Parameter]) -> list[int]:
    return [parameter.numel() for parameter in parameters]
