"""Fixed positional weighting: a weighted mean with weights set in advance, the newest step weighing most."""

from torch import Tensor

from sequence_learning.encoders.base import SequenceEncoder
from sequence_learning.encoders.configs.fixed_positional_weighting import FixedPositionalWeightingConfig
from sequence_learning.encoders.decay import halving, shares
from sequence_learning.encoders.steps import Steps


class FixedPositionalWeighting(SequenceEncoder):
    r"""Weighted mean of each channel; no parameters.

    With :math:`n` real steps and position :math:`p` (0 = newest), ``linear`` has :math:`w_p = (n - p) / n` and
    ``exponential`` :math:`w_p = 2^{-p / h}`, or :math:`2^{-a / h}` for an event of age :math:`a`; weights are divided
    by their sum. An empty sequence gives zeros. Cost :math:`O(L D)`. Exponential smoothing goes back to Brown,
    *Statistical Forecasting for Inventory Control*, 1959.

    Pros: recency for free. Cons: the decay must be known, and a mean forgets extremes.
    """

    config_class = FixedPositionalWeightingConfig
    reads_ragged = fixed = True

    def __init__(self, d_in: int, config: FixedPositionalWeightingConfig | None = None) -> None:
        super().__init__(d_in)
        self.config = config or FixedPositionalWeightingConfig()
        self.d_out = d_in

    def pool(self, steps: Steps) -> Tensor:
        """``(B, L, D) -> (B, D)``."""
        return steps.weighted_sums(self.weights(steps).unsqueeze(-1), steps.values).flatten(1)

    def weights(self, steps: Steps) -> Tensor:
        """How much each step counts, ``(B, L)``; rows sum to 1 over the real steps."""
        if self.config.decay == "linear":
            n = steps.lengths.clamp(min=1)  # and n + (n - 1) + ... + 1 is half of n (n + 1)
            return steps.only_real((steps.beside(n) - steps.distances("steps")) / steps.beside(n * (n + 1) // 2))
        return shares(steps, halving(steps, 1 / self.config.half_life, self.config.unit))

    def step_weights(self, steps: Steps, states: Steps) -> Tensor:
        """The same for every channel, ``(B, L, 1)``."""
        return self.weights(states).unsqueeze(-1)
