"""1D CNN: patterns of neighbouring steps, wherever they occur."""

from itertools import pairwise

import torch
from pydantic import Field, field_validator
from torch import Tensor, nn

from sequence_learning.batch import zero_padding
from sequence_learning.encoders.base import EncoderConfig, SequenceEncoder
from sequence_learning.encoders.pooling import masked_max, masked_mean


class CnnConfig(EncoderConfig):
    """Shape of the stack.

    Attributes:
        channels: filters of every layer.
        n_layers: convolutions, one after the other.
        kernel_size: steps that one filter sees; odd, so that a filter is centred.
        dropout: share of filters dropped between layers, from 0 up to 1.
    """

    channels: int = Field(64, ge=1)
    n_layers: int = Field(2, ge=1)
    kernel_size: int = Field(5, ge=1)
    dropout: float = Field(0.0, ge=0, lt=1)

    @field_validator("kernel_size")
    @classmethod
    def _odd(cls, value: int) -> int:
        if value % 2 == 0:
            raise ValueError(f"kernel_size must be odd, so that a filter is centred, got {value}; use {value + 1}")
        return value

    @property
    def receptive_field(self) -> int:
        """Steps that one output of the last layer can see."""
        return 1 + self.n_layers * (self.kernel_size - 1)


class Cnn(SequenceEncoder):
    r"""Stacked convolutions with ReLU, then mean and max over the real steps.

    Both ends of a sequence are padded with zeros, and padded steps are set to zero again after every layer, so
    that the end of a batch never leaks in. An empty sequence gives zeros. Cost :math:`O(L k H^2)` per layer,
    parallel over steps. Waibel et al., *Time-Delay Neural Networks*, 1989; Wang et al., *Time series
    classification from scratch*, 2017, https://arxiv.org/abs/1611.06455.
    """

    config_class = CnnConfig

    def __init__(self, d_in: int, config: CnnConfig | None = None) -> None:
        nn.Module.__init__(self)
        config = config or CnnConfig()
        widths = [d_in] + [config.channels] * config.n_layers
        self.convolutions = nn.ModuleList(
            nn.Conv1d(d_from, d_to, config.kernel_size, padding="same") for d_from, d_to in pairwise(widths)
        )
        self.dropout = nn.Dropout(config.dropout)
        self.d_out = 2 * config.channels

    def encode(self, x_seq: Tensor, mask: Tensor, lengths: Tensor) -> Tensor:
        """``(B, L, D) -> (B, 2 * channels)``."""
        for convolution in self.convolutions:
            x_seq = convolution(x_seq.transpose(1, 2)).relu().transpose(1, 2)
            x_seq = zero_padding(self.dropout(x_seq), mask)
        return torch.cat([masked_mean(x_seq, lengths), masked_max(x_seq, mask)], dim=1)
