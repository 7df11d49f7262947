"""Learned weighted average: each element's own content says how much it counts."""

from pydantic import Field
from torch import Tensor, nn

from sequence_learning.encoders.attention_pooling import AttentionPooling
from sequence_learning.encoders.base import EncoderConfig, SequenceEncoder


class LearnedWeightedAverageConfig(EncoderConfig):
    """Shape of the scorer.

    Attributes:
        d_hidden: hidden units that turn one step into its scores.
        n_heads: scores per step, each with an average of its own.
    """

    d_hidden: int = Field(64, ge=1)
    n_heads: int = Field(1, ge=1)


class LearnedWeightedAverage(SequenceEncoder):
    r"""Simple attention: :math:`\sum_t \alpha_t x_t`, :math:`\alpha = \mathrm{softmax}(u^\top\tanh(W x_t + b))`.

    The score of a step depends on that step alone, so the result does not depend on the order of the events. An
    empty sequence gives zeros. Cost :math:`O(L D H)`. See :class:`~.attention_pooling.AttentionPooling`; as the
    read-out of documents: Yang et al., *Hierarchical Attention Networks*, 2016, https://aclanthology.org/N16-1174/.
    """

    config_class = LearnedWeightedAverageConfig

    def __init__(self, d_in: int, config: LearnedWeightedAverageConfig | None = None) -> None:
        nn.Module.__init__(self)
        config = config or LearnedWeightedAverageConfig()
        self.pooling = AttentionPooling(d_in, config.d_hidden, config.n_heads)
        self.d_out = self.pooling.d_out

    def encode(self, x_seq: Tensor, mask: Tensor, lengths: Tensor) -> Tensor:
        """``(B, L, D) -> (B, n_heads * D)``."""
        return self.pooling(x_seq, mask)  # type: ignore[no-any-return]
