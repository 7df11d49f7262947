"""Learned weighted average: each element's own content says how much it counts."""

from torch import Tensor

from sequence_learning.encoders.attention_pooling import AttentionPooling
from sequence_learning.encoders.base import SequenceEncoder
from sequence_learning.encoders.configs.learned_weighted_average import LearnedWeightedAverageConfig
from sequence_learning.encoders.steps import Steps


class LearnedWeightedAverage(SequenceEncoder):
    r"""Simple attention: :math:`\sum_t \alpha_t x_t`, :math:`\alpha = \mathrm{softmax}(u^\top\tanh(W x_t + b))`.

    The score of a step depends on that step alone (and on the query, if there is one: :math:`\tanh(W x_t + V q + b)`),
    so the result does not depend on the order of the events. An empty sequence gives zeros. Cost :math:`O(L D H)`. See
    :class:`~.attention_pooling.AttentionPooling`; as the read-out of documents: Yang et al., *Hierarchical Attention
    Networks*, 2016, https://aclanthology.org/N16-1174/.

    Pros: picks the events that count, and shows which. Cons: sees neither order nor neighbours.
    """

    config_class = LearnedWeightedAverageConfig
    reads_ragged = True

    def __init__(self, d_in: int, config: LearnedWeightedAverageConfig | None = None) -> None:
        super().__init__(d_in)
        config = config or LearnedWeightedAverageConfig()
        self.pooling = AttentionPooling(d_in, config.d_hidden, config.n_heads, config.d_query)
        self.d_out = self.pooling.d_out

    def pool(self, steps: Steps) -> Tensor:
        """``(B, L, D) -> (B, n_heads * D)``."""
        return self.pooling(steps)  # type: ignore[no-any-return]

    def step_weights(self, steps: Steps, states: Steps) -> Tensor:
        """Attention of each head, ``(B, L, n_heads)``."""
        return self.pooling.weights(states)
