"""The past fades exponentially, at a speed of each channel's own."""

from typing import Annotated

import numpy as np
from pydantic import Field

from sequence_learning.tasks.base import KnownTruthTask, TaskConfig
from sequence_learning.tasks.sequences import Sequences

HalfLife = Annotated[float, Field(gt=0, le=1e6)]


class ExponentialRecencyConfig(TaskConfig):
    """How fast.

    Attributes:
        half_lives: of ``channel_0``, ``channel_1``, in steps.
    """

    half_lives: tuple[HalfLife, HalfLife] = (1.5, 6.0)


class ExponentialRecency(KnownTruthTask):
    r"""Means of two channels with weights :math:`2^{-p / h}`, ``p`` steps back from the newest; ``h`` differs.

    Learned decay is these means, once it has found the half-lives. One learned profile for all channels cannot be both,
    and a linear decay is neither.
    """

    config_class = ExponentialRecencyConfig
    config: ExponentialRecencyConfig
    simplest = "learned_decay"
    insufficient = (
        "tabular_only",
        "statistical_aggregation",
        "fixed_positional_weighting",
        "learned_static_positional_weighting",
        "learned_weighted_average",
    )

    def signal(self, sequences: Sequences) -> np.ndarray:
        """The sum of the two, each divided by its standard deviation over a long sequence."""
        signal = np.zeros(len(sequences.mask))
        for channel, half_life in enumerate(self.config.half_lives):
            kept = 0.5 ** (1 / half_life)
            spread = np.sqrt((1 - kept) / (1 + kept))
            signal += sequences.weighted_mean(kept**sequences.positions, channel) / spread
        return signal
