"""Gradients: none to padding, one to every parameter, and those of the function."""

import torch
from torch import Tensor

from sequence_learning.certificates.certificate import Certificate, Promise
from sequence_learning.certificates.subject import Inputs, Subject, apply, difference, largest, worst

_PADDING = Promise("padding gradient", "<=", 0.0, "The gradient to padded inputs is exactly zero, NaN on them or not.")
_PARAMETERS = Promise(
    "parameter gradient", "<=", 0.0, "No parameter is without a gradient, and none has one that is not finite."
)
_FUNCTION = Promise(
    "gradcheck",
    "<=",
    1e-6,
    "Gradients to the steps are those of central differences (float64, |r-e| / (1+|e|)); ages and query are constant.",
)
_EPSILON = 1e-5


def padding_gradient(subject: Subject) -> Certificate:
    """Largest gradient, in size, that reaches a padded step."""
    encoder = subject.build()
    measured = []
    for filler in (1.0, float("nan")):
        inputs = subject.inputs().padded_with(filler, extra=2)
        gradient = _gradient(encoder, inputs)
        measured.append(largest(gradient[~inputs.real].abs()))
    return _PADDING.given(subject, worst(measured))


def parameter_gradient(subject: Subject) -> Certificate:
    """Count parameters that training would not move, or would move to NaN, in a batch with an empty row."""
    encoder = subject.build().train()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        _projection(apply(encoder, subject.inputs())).backward()  # type: ignore[no-untyped-call]
    lacking = [
        name
        for name, weight in encoder.named_parameters()
        if weight.grad is None or not weight.grad.isfinite().all() or not weight.grad.any()
    ]
    return _PARAMETERS.given(subject, float(len(lacking)))


def gradcheck(subject: Subject) -> Certificate:
    """Compare the gradient of a random projection of the vectors with central differences, input by input."""
    encoder, inputs = subject.build(torch.float64), subject.inputs((0, 1, 3), n_steps=4, dtype=torch.float64)
    gradient = _gradient(encoder, inputs)
    return _FUNCTION.given(subject, difference(_central_differences(encoder, inputs), gradient))


def _gradient(encoder: torch.nn.Module, inputs: Inputs) -> Tensor:
    x_seq = inputs.x_seq.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(_projection(encoder(x_seq, inputs.lengths, **inputs.optional)), x_seq)
    return gradient


@torch.no_grad()
def _central_differences(encoder: torch.nn.Module, inputs: Inputs) -> Tensor:
    x_seq = inputs.x_seq.clone()
    slopes = torch.zeros_like(x_seq)
    for at in range(x_seq.numel()):
        sides = []
        for step in (_EPSILON, -_EPSILON):
            moved = x_seq.clone()
            moved.view(-1)[at] += step
            sides.append(_projection(encoder(moved, inputs.lengths, **inputs.optional)))
        slopes.view(-1)[at] = (sides[0] - sides[1]) / (2 * _EPSILON)
    return slopes


def _projection(vector: Tensor) -> Tensor:
    """One number out of all: a sum with random weights, from which no part of a gradient can cancel."""
    generator = torch.Generator().manual_seed(2)
    return (vector * torch.randn(vector.shape, generator=generator, dtype=torch.float64).to(vector.dtype)).sum()
