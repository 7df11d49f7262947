"""The past fades with time, and time does not pass evenly."""

import numpy as np
from pydantic import Field

from sequence_learning.tasks.base import CONTENT_BLIND, KnownTruthTask, TaskConfig
from sequence_learning.tasks.sequences import Sequences


class IrregularTimeConfig(TaskConfig):
    """How time passes.

    Attributes:
        half_life: of an event's weight, in units of time; gaps between events have a median of 1.
        irregularity: standard deviation of the logarithms of the gaps.
    """

    half_life: float = Field(4.0, gt=0, allow_inf_nan=False)
    irregularity: float = Field(1.5, ge=0, le=100)


class IrregularTime(KnownTruthTask):
    r"""The mean of ``channel_0`` with weights :math:`2^{-a / h}` for an event of age :math:`a`.

    Learned decay in time is this mean, once it has found the half-life. Weights that count steps do not know which
    events are old.
    """

    config_class = IrregularTimeConfig
    config: IrregularTimeConfig
    simplest = "learned_decay_in_time"
    insufficient = CONTENT_BLIND

    has_times = True

    def draw_ages(self, rng: np.random.Generator, mask: np.ndarray) -> np.ndarray:
        """Sums of lognormal gaps, the first from the newest event to the prediction."""
        gaps = rng.lognormal(0.0, self.config.irregularity, mask.shape) * mask
        return np.asarray(gaps[:, ::-1].cumsum(axis=1)[:, ::-1] * mask)

    def signal(self, sequences: Sequences) -> np.ndarray:
        """The weighted mean, scaled so that the newest event weighs 1: a very old sequence must not vanish."""
        assert sequences.ages is not None
        youngest = sequences.ages[:, -1:]
        return sequences.weighted_mean(0.5 ** ((sequences.ages - youngest).clip(min=0) / self.config.half_life), 0)
