"""Learned static positional weighting: one learned weight per position, shared by all sequences."""

import torch
from torch import Tensor, nn

from sequence_learning.encoders.base import SequenceEncoder
from sequence_learning.encoders.configs.learned_static_positional_weighting import (
    LearnedStaticPositionalWeightingConfig,
)
from sequence_learning.encoders.steps import Steps

#: How many times larger weights (or what a softmax makes weights of) are than the numbers that are stored for them. A
#: step of AdamW moves a stored number by about the learning rate, whatever its gradient, and weights that differ by
#: much must get far apart in the usual number of steps.
STRIDE = 10.0


class LearnedStaticPositionalWeighting(SequenceEncoder):
    r"""Weighted mean with one weight :math:`\theta_{\min(p, P-1)}` per position.

    :math:`\theta` is learned, the same for every sequence and channel; position :math:`p` counts back from the
    newest event. ``normalised`` weighs with :math:`\mathrm{softmax}(\theta)` over the real steps, ``signed`` with
    :math:`\theta / n`. Either starts as the plain mean. An empty sequence gives zeros. Cost
    :math:`O(L D)`, :math:`P` parameters. The weights are those of a learned position bias in attention with no
    content term (compare Raffel et al., *T5*, 2020, https://arxiv.org/abs/1910.10683).

    Pros: finds the profile, which can be read. Cons: the same for all channels, whatever an event says.
    """

    config_class = LearnedStaticPositionalWeightingConfig
    reads_ragged = True

    def __init__(self, d_in: int, config: LearnedStaticPositionalWeightingConfig | None = None) -> None:
        super().__init__(d_in)
        config = config or LearnedStaticPositionalWeightingConfig()
        self.signed = config.weights == "signed"
        start = 1 / STRIDE if self.signed else 0.0
        self.stored = nn.Parameter(torch.full((config.n_positions,), start))
        self.d_out = d_in

    @property
    def theta(self) -> Tensor:
        r""":math:`\theta`, ``(n_positions,)``."""
        return STRIDE * self.stored

    def pool(self, steps: Steps) -> Tensor:
        """``(B, L, D) -> (B, D)``."""
        if self.signed:
            return steps.weighted_sums(self._signed(steps), steps.values).flatten(1)
        return steps.averages(self._scores(steps), steps.values).flatten(1)

    def weights(self, steps: Steps) -> Tensor:
        """How much each step counts, ``(B, L)``; rows sum to 1 over the real steps if ``normalised``."""
        weights = self._signed(steps) if self.signed else steps.softmax(self._scores(steps))
        return weights.squeeze(-1)

    def _scores(self, steps: Steps) -> Tensor:
        r""":math:`\theta` of each step, ``(B, L, 1)``."""
        place = steps.positions.clamp(max=len(self.stored) - 1)
        return self.theta.index_select(0, place.flatten()).view(*place.shape, 1)

    def _signed(self, steps: Steps) -> Tensor:
        return steps.only_real(self._scores(steps)) / steps.beside(steps.lengths.clamp(min=1)).unsqueeze(-1)

    def step_weights(self, steps: Steps, states: Steps) -> Tensor:
        """The same for every channel, ``(B, L, 1)``; if ``signed`` of any sign and sum."""
        return self.weights(states).unsqueeze(-1)
