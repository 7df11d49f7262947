"""Random convolution: many fixed kernels, one share per kernel, nothing learned on the sequence."""

from typing import cast

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from sequence_learning.encoders.base import SequenceEncoder
from sequence_learning.encoders.configs.random_convolution import RandomConvolutionConfig
from sequence_learning.encoders.pooling import mean
from sequence_learning.encoders.steps import Steps

_KERNEL_SIZE = 9
_HEAVY_TAPS = 3


class RandomConvolution(SequenceEncoder):
    r"""Share of steps at which a random kernel's response is positive, for many kernels.

    In the spirit of MiniRocket: kernels of nine taps, six of -1 and three of 2, so that a constant gives zero, dilated
    by powers of two, each on a random half of the channels and with a random bias. Unlike there, biases are normal
    draws in units of the response to white noise, not quantiles of the data. An empty sequence gives zeros. Cost
    :math:`O(L D K)` for :math:`K` kernels, parallel over steps, no learned parameters; a share has no gradient, so
    embeddings of categorical channels stay as they were drawn. Dempster et al., *MiniRocket*,
    2021, https://arxiv.org/abs/2012.08791.

    Pros: nothing to train in the encoder. Cons: a learned convolution needs fewer kernels.
    """

    config_class = RandomConvolutionConfig
    fixed = True

    def __init__(self, d_in: int, config: RandomConvolutionConfig | None = None) -> None:
        super().__init__(d_in)
        self.config = config or RandomConvolutionConfig()
        generator = torch.Generator().manual_seed(self.config.seed)
        for i in range(self.config.n_dilations):
            kernels, biases = _draw(self.config.n_kernels, d_in, generator)
            self.register_buffer(f"kernels_{i}", kernels)
            self.register_buffer(f"biases_{i}", biases)
        self.d_step = self.d_out = self.config.n_kernels * self.config.n_dilations

    def states(self, steps: Steps) -> Steps:
        """Where each kernel responds, ``(B, L, D) -> (B, L, n_kernels * n_dilations)``: 1 or 0."""
        channels = steps.values.transpose(1, 2)
        responses = []
        for i in range(self.config.n_dilations):
            kernels, biases = (cast("Tensor", getattr(self, f"{name}_{i}")) for name in ("kernels", "biases"))
            responses.append(F.conv1d(channels, kernels, biases, padding="same", dilation=2**i))
        positive = torch.cat(responses, dim=1).transpose(1, 2) > 0
        return steps.with_values(positive.to(steps.values.dtype))

    def pool(self, steps: Steps) -> Tensor:
        """The share of steps, each from 0 to 1."""
        return mean(steps)


def _draw(n_kernels: int, d_in: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Kernels ``(n_kernels, d_in, 9)`` and biases ``(n_kernels,)``."""
    heavy = torch.rand(n_kernels, _KERNEL_SIZE, generator=generator).argsort(dim=1) < _HEAVY_TAPS
    taps = torch.where(heavy, 2.0, -1.0).unsqueeze(1)
    order = torch.rand(n_kernels, d_in, generator=generator).argsort(dim=1)
    kernels = taps * (order < (d_in + 1) // 2).unsqueeze(-1)
    spread = kernels.square().sum(dim=(1, 2)).sqrt()
    return kernels, torch.randn(n_kernels, generator=generator) * spread
