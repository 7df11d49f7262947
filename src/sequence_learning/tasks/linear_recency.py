"""Recent events count more, along a straight line."""

import numpy as np

from sequence_learning.tasks.base import KnownTruthTask
from sequence_learning.tasks.sequences import Sequences


class LinearRecency(KnownTruthTask):
    r"""The mean of ``channel_0`` with weights :math:`(n - p) / n`, ``p`` steps back from the newest of ``n``.

    Fixed positional weighting with linear decay is this mean. Order-free encoders see the plain mean at best, whose
    squared correlation with it is about 3/4.
    """

    simplest = "fixed_positional_weighting"
    insufficient = ("tabular_only", "statistical_aggregation", "learned_weighted_average")

    def signal(self, sequences: Sequences) -> np.ndarray:
        """The weighted mean."""
        return sequences.weighted_mean((sequences.lengths[:, None] - sequences.positions).clip(min=0), 0)
