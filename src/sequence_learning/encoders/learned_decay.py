"""Learned decay: exponential weighting whose half-lives are learned."""

import math

import torch
from pydantic import Field
from torch import Tensor, nn

from sequence_learning.batch import positions_from_newest
from sequence_learning.encoders.base import EncoderConfig, SequenceEncoder
from sequence_learning.encoders.pooling import masked_softmax


class LearnedDecayConfig(EncoderConfig):
    """How many half-lives each channel has, and where they start.

    Attributes:
        n_decays: half-lives per channel, each with an average of its own.
        shortest: steps; the half-lives start evenly on a log scale from here ...
        longest: ... to here.
    """

    n_decays: int = Field(2, ge=1)
    shortest: float = Field(2.0, gt=0)
    longest: float = Field(16.0, gt=0)


class LearnedDecay(SequenceEncoder):
    r"""Weighted means with :math:`w_p = 2^{-p / h}` over positions :math:`p` back from the newest step.

    Each channel learns its half-lives :math:`h > 0`, as their logarithms. Weights are divided by their sum. An empty
    sequence gives zeros. Cost :math:`O(L D K)` for :math:`K` half-lives, which are the only parameters. The learned
    counterpart of exponential smoothing; as decay of a hidden state: Che et al., *GRU-D*, 2018,
    https://arxiv.org/abs/1606.01865.
    """

    config_class = LearnedDecayConfig

    def __init__(self, d_in: int, config: LearnedDecayConfig | None = None) -> None:
        nn.Module.__init__(self)
        config = config or LearnedDecayConfig()
        start = torch.linspace(math.log(config.shortest), math.log(config.longest), config.n_decays)
        self.log_half_life = nn.Parameter(start.repeat(d_in, 1))
        self.d_out = d_in * config.n_decays

    def encode(self, x_seq: Tensor, mask: Tensor, lengths: Tensor) -> Tensor:
        """``(B, L, D) -> (B, D * n_decays)``."""
        age = positions_from_newest(lengths, x_seq.shape[1]).clamp(min=0).to(x_seq.dtype)
        # The softmax of log-weights is the division by their sum, safe at any half-life.
        log_weight = -math.log(2) * age[:, :, None, None] * torch.exp(-self.log_half_life)
        weight = masked_softmax(log_weight, mask[:, :, None, None])
        return torch.einsum("bldk,bld->bdk", weight, x_seq).flatten(1)
