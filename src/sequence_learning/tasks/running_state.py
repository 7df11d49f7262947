"""A counter that runs on until it is reset."""

import numpy as np
from pydantic import Field

from sequence_learning.tasks.base import ONE_BY_ONE, KnownTruthTask, TaskConfig
from sequence_learning.tasks.sequences import Sequences


class RunningStateConfig(TaskConfig):
    """How often it is reset.

    Attributes:
        reset_share: share of events that are of kind 0, which resets.
    """

    reset_share: float = Field(0.1, gt=0, lt=1)


class RunningState(KnownTruthTask):
    """The sum of ``channel_0`` over the events since the last reset, which is left out itself.

    A recurrent network carries the sum as its state and forgets it at a reset. Weights that look at an event alone do
    not know whether a reset came after it.
    """

    config_class = RunningStateConfig
    config: RunningStateConfig
    simplest = "gru"
    insufficient = ONE_BY_ONE

    def draw_kinds(self, rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        """Kind 0 with its share, the others equally frequent."""
        others = rng.integers(1, self.config.n_kinds, size=shape)
        return np.where(rng.random(shape) < self.config.reset_share, 0, others)

    def signal(self, sequences: Sequences) -> np.ndarray:
        """The counter after the newest event."""
        resets_until_now = (sequences.kinds == 0)[:, ::-1].cumsum(axis=1)[:, ::-1]
        return np.asarray((sequences.readings[:, :, 0] * (resets_until_now == 0)).sum(axis=1))
