"""Learned static positional weighting: one learned weight per position, shared by all sequences."""

import torch
from pydantic import Field
from torch import Tensor, nn

from sequence_learning.batch import positions_from_newest
from sequence_learning.encoders.base import EncoderConfig, SequenceEncoder
from sequence_learning.encoders.pooling import masked_softmax


class LearnedStaticPositionalWeightingConfig(EncoderConfig):
    """How many positions have a weight of their own.

    Attributes:
        n_positions: positions counted back from the newest event; older events share the weight of the last.
    """

    n_positions: int = Field(64, ge=1)


class LearnedStaticPositionalWeighting(SequenceEncoder):
    r"""Weighted mean with :math:`w = \mathrm{softmax}(\theta_{\min(p, P-1)})` over the real steps.

    :math:`\theta` is learned, the same for every sequence and channel; position :math:`p` counts back from the
    newest event. :math:`\theta` starts at zero, which is the plain mean. An empty sequence gives zeros. Cost
    :math:`O(L D)`, :math:`P` parameters. The weights are those of a learned position bias in attention with no
    content term (compare Raffel et al., *T5*, 2020, https://arxiv.org/abs/1910.10683).
    """

    config_class = LearnedStaticPositionalWeightingConfig

    def __init__(self, d_in: int, config: LearnedStaticPositionalWeightingConfig | None = None) -> None:
        nn.Module.__init__(self)
        n_positions = (config or LearnedStaticPositionalWeightingConfig()).n_positions
        self.logits = nn.Parameter(torch.zeros(n_positions))
        self.d_out = d_in

    def encode(self, x_seq: Tensor, mask: Tensor, lengths: Tensor) -> Tensor:
        """``(B, L, D) -> (B, D)``."""
        position = positions_from_newest(lengths, x_seq.shape[1]).clamp(0, len(self.logits) - 1)
        weight = masked_softmax(self.logits[position], mask)
        return torch.einsum("bl,bld->bd", weight, x_seq)
