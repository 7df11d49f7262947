"""Weights side by side in few tensors, and gradients in one, so that what is done to all is done at once."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import AdamW
from torch.optim.adamw import adamw


class FlatParameters:
    """Gradients of all parameters of an optimiser in one tensor and, if asked for, the weights of each group in one.

    PyTorch clears, measures, scales and moves each parameter by itself, which takes a sixth of a training step of the
    smallest models. The model's parameters become views of these tensors, and stay so as long as nothing gives them
    other data, as ``.to`` another device would, or gradients, as ``zero_grad`` would. A parameter that a step does not
    use has a gradient of zero, not none: AdamW decays it.

    Attributes:
        gradients: all of them, ``(number of weights,)``.

    Args:
        optimizer: a fused one before its first step, of parameters of one type, where they are trained; its groups
            differ in nothing but weight decay. Parameters that are frozen are left out. What hooks onto its steps
            (``register_step_pre_hook``) is not called.
        move_weights: whether weights are laid side by side, too; each group is one parameter from then on. (Layers of
            NVIDIA's library need theirs where they are.)

    Raises:
        ValueError: if the optimizer is not fused, or its groups differ in more than weight decay.
    """

    def __init__(self, optimizer: AdamW, *, move_weights: bool) -> None:
        self._optimizer = optimizer
        groups = optimizer.param_groups
        _check(groups)
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

    @torch.no_grad()
    def step(self) -> None:
        """Move the weights, on a CPU bit for bit as the optimiser's own step does.

        That asks much for the sake of compilers, profilers and GPUs, and moves by itself each group that decays by its
        own rate, which takes several times as long as the arithmetic. All else is the same for all groups.
        """
        if not self._optimizer.state:  # which its first step makes
            self._optimizer.step()
            return
        groups = self._optimizer.param_groups
        for group in groups:
            if group["params"] and group["weight_decay"]:
                torch._foreach_mul_(group["params"], 1 - group["lr"] * group["weight_decay"])
        parameters = [parameter for group in groups for parameter in group["params"]]
        states = [self._optimizer.state[parameter] for parameter in parameters]
        beta1, beta2 = groups[0]["betas"]
        adamw(
            parameters,
            [parameter.grad for parameter in parameters],
            [state["exp_avg"] for state in states],
            [state["exp_avg_sq"] for state in states],
            [],
            [state["step"] for state in states],
            fused=True,
            amsgrad=False,
            beta1=beta1,
            beta2=beta2,
            lr=groups[0]["lr"],
            weight_decay=0.0,  # they have decayed
            eps=groups[0]["eps"],
            maximize=False,
        )


def _check(groups: list[dict[str, Any]]) -> None:
    common = [{name: group[name] for name in group if name not in {"params", "weight_decay"}} for group in groups]
    expected = common[0] | {"fused": True, "amsgrad": False, "maximize": False}
    if any(options != expected for options in common):
        raise ValueError(
            "weights are moved together by a fused AdamW without options, whose groups differ in weight_decay alone, "
            f"got {common}; give all groups the same"
        )


def _side_by_side(parameters: list[nn.Parameter], gradients: Tensor) -> nn.Parameter:
    weights = torch.cat([parameter.detach().flatten() for parameter in parameters])
    for parameter, part in zip(parameters, torch.split(weights, _sizes(parameters)), strict=True):
        parameter.data = part.view_as(parameter)
    whole = nn.Parameter(weights)
    whole.grad = gradients
    return whole


def _sizes(parameters: list[nn.Parameter]) -> list[int]:
    return [parameter.numel() for parameter in parameters]
