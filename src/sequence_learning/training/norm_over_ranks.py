"""Batch normalisation over the rows of several processes."""

from typing import Any, cast

import torch
from torch import Tensor, nn


class NormOverRanks(nn.BatchNorm1d):
    """As its parent, but in training means and variances are those of the rows of all processes, with their gradient.

    PyTorch's ``SyncBatchNorm`` needs GPUs.
    """

    @classmethod
    def of(cls, norm: nn.BatchNorm1d) -> "NormOverRanks":
        """The same weights and statistics."""
        over_ranks = cls(norm.num_features, norm.eps, norm.momentum)
        over_ranks.load_state_dict(norm.state_dict())
        return over_ranks

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002
        """``(B, D) -> (B, D)``, of this process's rows."""
        if not self.training:
            return super().forward(input)
        values = input.float()
        n = _sum(values.new_tensor(len(values)))
        mean = _sum(values.sum(dim=0)) / n
        variance = _sum((values - mean).square().sum(dim=0)) / n
        self._remember(mean.detach(), (variance * n / (n - 1)).detach())
        return (values - mean) * (variance + self.eps).rsqrt() * self.weight + self.bias

    @torch.no_grad()
    def _remember(self, mean: Tensor, variance: Tensor) -> None:
        momentum = cast("float", self.momentum)
        cast("Tensor", self.running_mean).lerp_(mean, momentum)
        cast("Tensor", self.running_var).lerp_(variance, momentum)
        cast("Tensor", self.num_batches_tracked).add_(1)


def _sum(own: Tensor) -> Tensor:
    from torch.distributed.nn import functional

    everyones: Any = functional
    result: Tensor = everyones.all_reduce(own)
    return result
