"""Every position has a weight of its own, along no simple curve."""

import numpy as np
from pydantic import Field

from sequence_learning.tasks.base import KnownTruthTask, TaskConfig
from sequence_learning.tasks.sequences import Sequences


class PositionProfileConfig(TaskConfig):
    """Which weights.

    Attributes:
        roughness: standard deviation of the logarithms of the weights.
        profile_seed: of their draw, which does not change with the tables' ``seed``.
    """

    roughness: float = Field(1.5, ge=0, le=100)
    profile_seed: int = Field(0, ge=0)


class PositionProfile(KnownTruthTask):
    """The mean of ``channel_0`` with one positive weight per position back from the newest.

    Learned static positional weighting is this mean, once it has found the weights. Curves that fall smoothly cannot be
    it, nor can anything that does not know where an event stands.
    """

    config_class = PositionProfileConfig
    config: PositionProfileConfig
    simplest = "learned_static_positional_weighting"
    insufficient = (
        "tabular_only",
        "statistical_aggregation",
        "fixed_positional_weighting",
        "learned_decay",
        "learned_weighted_average",
    )

    @property
    def profile(self) -> np.ndarray:
        """The weight of each position, ``(max_length,)``, from the newest on; they sum to 1."""
        normal = np.random.default_rng(self.config.profile_seed).standard_normal(self.config.max_length)
        weights = np.exp(self.config.roughness * normal)
        return np.asarray(weights / weights.sum())

    def signal(self, sequences: Sequences) -> np.ndarray:
        """The weighted mean."""
        return sequences.weighted_mean(self.profile[sequences.positions], 0)
