"""Options of learned static positional weighting."""

from typing import Literal

from pydantic import Field

from sequence_learning.encoders.configs.base import EncoderConfig


class LearnedStaticPositionalWeightingConfig(EncoderConfig):
    """How many positions have a weight of their own.

    Attributes:
        n_positions: positions counted back from the newest event; older events share the weight of the last.
        weights: ``normalised`` to a positive sum of 1 by a softmax, or ``signed``: free, so that one event can be
            held against another.
    """

    n_positions: int = Field(64, ge=1)
    weights: Literal["normalised", "signed"] = "normalised"

    @property
    def order_free(self) -> bool:
        """One weight that all events share is."""
        return self.n_positions == 1
