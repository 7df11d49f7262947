"""Random convolution: many fixed kernels, one share per kernel, nothing learned on the sequence."""

from typing import cast

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from sequence_learning.encoders.base import EncoderConfig, SequenceEncoder
from sequence_learning.encoders.pooling import masked_mean

_KERNEL_SIZE = 9
_HEAVY_TAPS = 3


class RandomConvolutionConfig(EncoderConfig):
    """How many kernels, and how far apart the steps that they see.

    Attributes:
        n_kernels: kernels of each dilation.
        n_dilations: dilations 1, 2, 4, ...; the widest kernel spans ``8 * 2 ** (n_dilations - 1) + 1`` steps.
        seed: of the kernels; the same seed gives the same encoder.
    """

    n_kernels: int = Field(128, ge=1)
    n_dilations: int = Field(3, ge=1)
    seed: int = Field(0, ge=0)


class RandomConvolution(SequenceEncoder):
    r"""Share of steps at which a random kernel's response is positive, for many kernels.

    In the spirit of MiniRocket: kernels of nine taps, six of -1 and three of 2, so that a constant gives zero, dilated
    by powers of two, each on a random half of the channels and with a random bias. Unlike there, biases are normal
    draws in units of the response to white noise, not quantiles of the data. An empty sequence gives zeros. Cost
    :math:`O(L D K)` for :math:`K` kernels, parallel over steps, no learned parameters; a share has no gradient, so
    embeddings of categorical channels stay as they were drawn. Dempster et al., *MiniRocket*,
    2021, https://arxiv.org/abs/2012.08791.
    """

    config_class = RandomConvolutionConfig

    def __init__(self, d_in: int, config: RandomConvolutionConfig | None = None) -> None:
        nn.Module.__init__(self)
        self.config = config or RandomConvolutionConfig()
        generator = torch.Generator().manual_seed(self.config.seed)
        for i in range(self.config.n_dilations):
            kernels, biases = _draw(self.config.n_kernels, d_in, generator)
            self.register_buffer(f"kernels_{i}", kernels)
            self.register_buffer(f"biases_{i}", biases)
        self.d_out = self.config.n_kernels * self.config.n_dilations

    def encode(self, x_seq: Tensor, mask: Tensor, lengths: Tensor) -> Tensor:
        """``(B, L, D) -> (B, n_kernels * n_dilations)``, each from 0 to 1."""
        shares = []
        for i in range(self.config.n_dilations):
            kernels, biases = (cast("Tensor", getattr(self, f"{name}_{i}")) for name in ("kernels", "biases"))
            response = F.conv1d(x_seq.transpose(1, 2), kernels, biases, padding="same", dilation=2**i).transpose(1, 2)
            positive = (response > 0).to(x_seq.dtype) * mask.unsqueeze(-1)
            shares.append(masked_mean(positive, lengths))
        return torch.cat(shares, dim=1)


def _draw(n_kernels: int, d_in: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Kernels ``(n_kernels, d_in, 9)`` and biases ``(n_kernels,)``."""
    heavy = torch.rand(n_kernels, _KERNEL_SIZE, generator=generator).argsort(dim=1) < _HEAVY_TAPS
    taps = torch.where(heavy, 2.0, -1.0).unsqueeze(1)
    order = torch.rand(n_kernels, d_in, generator=generator).argsort(dim=1)
    kernels = taps * (order < (d_in + 1) // 2).unsqueeze(-1)
    spread = kernels.square().sum(dim=(1, 2)).sqrt()
    return kernels, torch.randn(n_kernels, generator=generator) * spread
