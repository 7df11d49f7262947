"""A function of totals and extremes, whatever the order."""

import numpy as np

from sequence_learning.tasks.base import KnownTruthTask
from sequence_learning.tasks.sequences import Sequences


class OrderFree(KnownTruthTask):
    """Mean of ``channel_0``, maximum of ``channel_1`` and sum of ``channel_2``, in about equal parts.

    Statistical aggregation computes just these. A weighted mean sees neither extremes nor, with the sum, the length.
    """

    simplest = "statistical_aggregation"
    insufficient = (
        "tabular_only",
        "fixed_positional_weighting",
        "learned_static_positional_weighting",
        "learned_decay",
    )
    order_matters = False

    def signal(self, sequences: Sequences) -> np.ndarray:
        """The sum of the three, each divided by about its standard deviation."""
        typical_length = (self.config.min_length + self.config.max_length) / 2
        mean = sequences.weighted_mean(np.ones(sequences.mask.shape[1]), 0)
        largest = np.where(sequences.mask, sequences.readings[:, :, 1], -np.inf).max(axis=1)
        largest = np.where(sequences.lengths == 0, 0.0, largest)
        total = sequences.readings[:, :, 2].sum(axis=1)
        return np.asarray(mean * np.sqrt(typical_length) + largest / 0.55 + total / np.sqrt(typical_length))
