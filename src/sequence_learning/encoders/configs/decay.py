"""What encoders share whose weights fade with distance."""

from typing import Literal

from sequence_learning.encoders.configs.base import EncoderConfig


class DecayConfig(EncoderConfig):
    """What the distance of an event is counted in.

    Attributes:
        unit: ``steps`` back from the newest, or ``time`` in the units of the data (``schema.time_unit``).
    """

    unit: Literal["steps", "time"] = "steps"

    @property
    def needs_ages(self) -> bool:
        """Weights in time do."""
        return self.unit == "time"

    @property
    def order_free(self) -> bool:
        """Weights in time are: an age says all that the place of an event does."""
        return self.unit == "time"
