"""Learned decay: exponential weighting whose half-lives are learned."""

import math

import torch
from torch import Tensor, nn

from sequence_learning.encoders.base import SequenceEncoder
from sequence_learning.encoders.configs.learned_decay import LearnedDecayConfig
from sequence_learning.encoders.decay import halving, shares, total_of
from sequence_learning.encoders.steps import Steps


class LearnedDecay(SequenceEncoder):
    r"""Weighted means with :math:`w_p = 2^{-p / h}` over positions :math:`p` back from the newest step, or over ages.

    Each channel learns its half-lives :math:`h > 0`, as their logarithms. Weights are divided by their sum. An empty
    sequence gives zeros. Cost :math:`O(L D K)` for :math:`K` half-lives, which are the only parameters. The learned
    counterpart of exponential smoothing; as decay of a hidden state: Che et al., *GRU-D*, 2018,
    https://arxiv.org/abs/1606.01865.

    Pros: finds the decay, per channel, and can be read. Cons: content does not matter.
    """

    config_class = LearnedDecayConfig
    reads_ragged = True

    def __init__(self, d_in: int, config: LearnedDecayConfig | None = None) -> None:
        super().__init__(d_in)
        config = config or LearnedDecayConfig()
        start = torch.linspace(math.log(config.shortest), math.log(config.longest), config.n_decays)
        self.log_half_life = nn.Parameter(start.repeat(d_in, 1))
        self.unit = config.unit
        self.d_out = d_in * config.n_decays

    @property
    def half_lives(self) -> Tensor:
        """In ``unit``, ``(D, n_decays)``."""
        return self.log_half_life.exp()

    def pool(self, steps: Steps) -> Tensor:
        """``(B, L, D) -> (B, D * n_decays)``."""
        weights = self._halving(steps)
        # Divided once all is added up, when there is less to divide.
        sums = steps.total(weights * steps.values.unsqueeze(-1))
        return (sums / total_of(steps, weights)).flatten(1)

    def weights(self, steps: Steps) -> Tensor:
        """How much each step counts in each average, ``(B, L, D, n_decays)``; they sum to 1 over the real steps."""
        return shares(steps, self._halving(steps))

    def _halving(self, steps: Steps) -> Tensor:
        return halving(steps, torch.exp(-self.log_half_life), self.unit)

    def step_weights(self, steps: Steps, states: Steps) -> Tensor:
        """Those of all averages, ``(B, L, D * n_decays)``, in the order of the vector."""
        return self.weights(states).flatten(2)
