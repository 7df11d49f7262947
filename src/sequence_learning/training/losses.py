"""Losses of raw outputs, by kind of target."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from sequence_learning.features.model_input import ModelInput
from sequence_learning.parameters import Task, TrainingParameters

#: Share of a row's loss that focal loss leaves at least, before its power.
_LEAST = 1e-12

#: Mean loss of outputs ``(B, C)`` against targets ``(B,)``.
Loss = Callable[[Tensor, Tensor], Tensor]


def build_loss(task: Task, parameters: TrainingParameters, weights: Tensor | None = None) -> Loss:
    """The loss that ``training.loss`` names.

    Args:
        task: kind of target.
        parameters: name of the loss, and its option.
        weights: ``(K,)``, of each class; all alike if None.

    Raises:
        ValueError: if the loss is none for this kind of target.
    """
    parameters.check_target(task)
    if task == "regression":
        standard = parameters.loss == "standard"
        return _squared if standard else lambda output, target: F.huber_loss(output.squeeze(1), target)
    gamma = parameters.focal_gamma if parameters.loss == "focal" else 0.0
    of_rows = _binary if task == "binary" else _multiclass
    return lambda output, target: _weighted_mean(of_rows(output, target), target, gamma, weights)


def balanced_weights(model_input: ModelInput) -> Tensor:
    """Weights ``(K,)`` with which every class counts alike in the training rows, 1 on average over these rows.

    A class that none of them has counts nothing.
    """
    target = model_input.target[model_input.rows("train")].astype(np.int64)
    counts = np.bincount(target, minlength=len(model_input.target_spec.classes))
    share = np.divide(len(target), counts * (counts > 0).sum(), out=np.zeros(len(counts)), where=counts > 0)
    return torch.from_numpy(share.astype(np.float32))


def _squared(output: Tensor, target: Tensor) -> Tensor:
    return F.mse_loss(output.squeeze(1), target)


def _binary(output: Tensor, target: Tensor) -> Tensor:
    return F.binary_cross_entropy_with_logits(output.squeeze(1), target, reduction="none")


def _multiclass(output: Tensor, target: Tensor) -> Tensor:
    return F.cross_entropy(output, target, reduction="none")


def _weighted_mean(of_rows: Tensor, target: Tensor, gamma: float, weights: Tensor | None) -> Tensor:
    """Focal loss (Lin et al., 2017, https://arxiv.org/abs/1708.02002) where ``gamma`` is above zero.

    The probability of a row's own class is ``exp(-cross entropy)``.
    """
    if gamma:
        # A row that is predicted with certainty would have a slope of infinity times zero if gamma is below one.
        of_rows = (-torch.expm1(-of_rows)).clamp_min(_LEAST) ** gamma * of_rows
    if weights is not None:
        of_rows = of_rows * weights.to(of_rows.device)[target.long()]
    return of_rows.mean()
