"""Attention pooling: a learned score per step, a softmax over the real steps, a weighted sum."""

import torch
from torch import Tensor, nn

from sequence_learning.encoders.pooling import masked_softmax


class AttentionPooling(nn.Module):
    r"""One weighted average per head, side by side.

    Head :math:`k` weighs step :math:`t` with :math:`\mathrm{softmax}_t(u_k^\top\tanh(W x_t + b))`. An empty row gives
    zeros. Bahdanau et al., 2015, https://arxiv.org/abs/1409.0473; with several heads: Lin et al., 2017,
    https://arxiv.org/abs/1703.03130.

    Args:
        d_in: numbers per step.
        d_hidden: hidden units of the scorer.
        n_heads: weighted averages.
    """

    def __init__(self, d_in: int, d_hidden: int, n_heads: int = 1) -> None:
        super().__init__()
        # The softmax ignores a constant, so the last layer has no bias.
        self.scorer = nn.Sequential(nn.Linear(d_in, d_hidden), nn.Tanh(), nn.Linear(d_hidden, n_heads, bias=False))
        self.d_out = d_in * n_heads

    def weights(self, x_seq: Tensor, mask: Tensor) -> Tensor:
        """How much each step counts, ``(B, L, D) -> (B, L, n_heads)``; columns sum to 1 over the real steps."""
        return masked_softmax(self.scorer(x_seq), mask.unsqueeze(-1))

    def forward(self, x_seq: Tensor, mask: Tensor) -> Tensor:
        """``(B, L, D) -> (B, n_heads * D)``."""
        return torch.einsum("blh,bld->bhd", self.weights(x_seq, mask), x_seq).flatten(1)
