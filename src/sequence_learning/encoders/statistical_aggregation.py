"""Statistical aggregation: order-free summaries of each channel."""

import torch
from torch import Tensor

from sequence_learning.encoders.base import SequenceEncoder
from sequence_learning.encoders.configs.statistical_aggregation import Statistic, StatisticalAggregationConfig
from sequence_learning.encoders.pooling import largest, masked_quantile, mean, smallest, std
from sequence_learning.encoders.steps import Steps


class StatisticalAggregation(SequenceEncoder):
    r"""Mean, max, sum (also min, std, last, quantiles) of each channel over the real steps; no parameters.

    With :math:`n` real steps, ``mean`` is :math:`\frac1n\sum_t x_t`, ``std`` its population standard deviation, and
    quantiles interpolate linearly. Without ``last`` the result does not depend on the order of the events. An empty
    sequence gives zeros. Cost :math:`O(L D)`, with quantiles :math:`O(L \log L\, D)`. The sum-decomposable pooling of
    Zaheer et al., *Deep Sets*, 2017, https://arxiv.org/abs/1703.06114.

    Pros: nothing to tune or to learn. Cons: blind to order; max and sum follow a single outlier.
    """

    config_class = StatisticalAggregationConfig
    reads_ragged = fixed = True

    def __init__(self, d_in: int, config: StatisticalAggregationConfig | None = None) -> None:
        super().__init__(d_in)
        self.config = config or StatisticalAggregationConfig()
        self.reads_ragged &= not self.config.quantiles  # which sort steps side by side
        self.d_out = d_in * (len(self.config.statistics) + len(self.config.quantiles))

    def pool(self, steps: Steps) -> Tensor:
        """``(B, L, D) -> (B, D * number of statistics and quantiles)``."""
        statistics = [_statistic(name, steps) for name in self.config.statistics]
        quantiles = [masked_quantile(steps, share) for share in self.config.quantiles]
        return torch.cat(statistics + quantiles, dim=1)


def _statistic(name: Statistic, steps: Steps) -> Tensor:
    match name:
        case "mean":
            return mean(steps)
        case "max":
            return largest(steps)
        case "sum":
            return steps.sums
        case "min":
            return smallest(steps)
        case "std":
            return std(steps)
        case "last":
            return steps.newest(steps.values)
