"""Learned weighted average: each element's own content says how much it counts."""

import torch
from pydantic import Field
from torch import Tensor, nn

from sequence_learning.encoders.base import EncoderConfig, SequenceEncoder
from sequence_learning.encoders.pooling import masked_softmax


class LearnedWeightedAverageConfig(EncoderConfig):
    """Width of the scorer.

    Attributes:
        d_hidden: hidden units that turn one step into its score.
    """

    d_hidden: int = Field(64, ge=1)


class LearnedWeightedAverage(SequenceEncoder):
    r"""Simple attention: :math:`\sum_t \alpha_t x_t`, :math:`\alpha = \mathrm{softmax}(u^\top\tanh(W x_t + b))`.

    The score of a step depends on that step alone, so the result does not depend on the order of the events. An
    empty sequence gives zeros. Cost :math:`O(L D H)`. Bahdanau et al., 2015, https://arxiv.org/abs/1409.0473;
    as pooling: Yang et al., *Hierarchical Attention Networks*, 2016, https://aclanthology.org/N16-1174/.
    """

    config_class = LearnedWeightedAverageConfig

    def __init__(self, d_in: int, config: LearnedWeightedAverageConfig | None = None) -> None:
        nn.Module.__init__(self)
        config = config or LearnedWeightedAverageConfig()
        # The softmax ignores a constant, so the last layer has no bias.
        self.scorer = nn.Sequential(
            nn.Linear(d_in, config.d_hidden), nn.Tanh(), nn.Linear(config.d_hidden, 1, bias=False)
        )
        self.d_out = d_in

    def encode(self, x_seq: Tensor, mask: Tensor, lengths: Tensor) -> Tensor:
        """``(B, L, D) -> (B, D)``."""
        weight = masked_softmax(self.scorer(x_seq).squeeze(-1), mask)
        return torch.einsum("bl,bld->bd", weight, x_seq)
