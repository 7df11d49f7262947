"""Weights side by side in few tensors, and gradients in one, so that what is done to all is done at once."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import AdamW


class FlatParameters:
    """Gradients of all parameters of an optimiser in one tensor and, if asked for, the weights of each group in one.

    PyTorch clears, measures, scales and moves each parameter by itself, which takes a sixth of a training step of the
    smallest models. The model's parameters become views of these tensors, and stay so as long as nothing gives them
    other data, as ``.to`` another device would, or gradients, as ``zero_grad`` would. A parameter that a step does not
    use has a gradient of zero, not none: AdamW decays it.

    Attributes:
        gradients: all of them, ``(number of weights,)``.

    Args:
        optimizer: AdamW, fused and without options, before its first step, of parameters of one type, where they are
            trained. Parameters that are frozen are left out. What hooks onto its steps (``register_step_pre_hook``) is
            not called.
        move_weights: whether weights are laid side by side, too; each group is one parameter from then on. (Layers of
            NVIDIA's library need theirs where they are.)

    Raises:
        ValueError: if the optimizer is another.
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
        """Move the weights, bit for bit as the optimiser's own step does.

        That asks much for the sake of compilers, profilers and GPUs, which takes several times as long as what it calls
        in the end.
        """
        if not self._optimizer.state:  # which its first step makes
            self._optimizer.step()
            return
        for group in self._optimizer.param_groups:
            if group["params"]:
                self._move(group)

    def _move(self, group: dict[str, Any]) -> None:
        states = [self._optimizer.state[parameter] for parameter in group["params"]]
        steps = [state["step"] for state in states]
        torch._foreach_add_(steps, 1)
        beta1, beta2 = group["betas"]
        torch._fused_adamw_(
            group["params"],
            [parameter.grad for parameter in group["params"]],
            [state["exp_avg"] for state in states],
            [state["exp_avg_sq"] for state in states],
            [],
            steps,
            lr=group["lr"],
            beta1=beta1,
            beta2=beta2,
            weight_decay=group["weight_decay"],
            eps=group["eps"],
            amsgrad=False,
            maximize=False,
        )


def _check(groups: list[dict[str, Any]]) -> None:
    expected = {"fused": True, "amsgrad": False, "maximize": False}
    for group in groups:
        options = {name: group[name] for name in expected}
        if options != expected:
            raise ValueError(
                f"weights are moved together by a fused AdamW without options, got {options}; build it with {expected}"
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
