"""An event says itself how much it counts."""

import numpy as np
from pydantic import Field

from sequence_learning.tasks.base import CONTENT_BLIND, KnownTruthTask, TaskConfig
from sequence_learning.tasks.sequences import Sequences


class ContentSelectedConfig(TaskConfig):
    """How much events differ.

    Attributes:
        sharpness: an event counts ``exp(sharpness * channel_1)``.
    """

    sharpness: float = Field(2.0, ge=0, le=100)


class ContentSelected(KnownTruthTask):
    """The mean of ``channel_0`` with weights that grow with ``channel_1``, wherever an event stands.

    Learned weighted average is this mean, once it has found the score. Weights that do not look at the event cannot be
    it, nor can statistics of single channels.
    """

    config_class = ContentSelectedConfig
    config: ContentSelectedConfig
    simplest = "learned_weighted_average"
    insufficient = CONTENT_BLIND
    order_matters = False

    def weights(self, sequences: Sequences) -> np.ndarray:
        """What each event counts, ``(N, L)``; they sum to 1 over the events of an entity that has any."""
        weights = np.exp(self.config.sharpness * sequences.readings[:, :, 1]) * sequences.mask
        return np.asarray(weights / weights.sum(axis=1, keepdims=True).clip(min=1e-300))

    def signal(self, sequences: Sequences) -> np.ndarray:
        """The weighted mean."""
        return sequences.weighted_mean(self.weights(sequences), 0)
