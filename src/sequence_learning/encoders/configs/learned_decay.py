"""Options of learned decay."""

from typing import Self

from pydantic import Field, model_validator

from sequence_learning.encoders.configs.decay import DecayConfig


class LearnedDecayConfig(DecayConfig):
    """How many half-lives each channel has, and where they start.

    Attributes:
        n_decays: half-lives per channel, each with an average of its own.
        shortest: the half-lives start evenly on a log scale from here ...
        longest: ... to here.
        unit: what half-lives count: ``steps`` back from the newest, or ``time`` in the units of the data
            (``schema.time_unit``).
    """

    n_decays: int = Field(2, ge=1)
    shortest: float = Field(2.0, gt=0)
    longest: float = Field(16.0, gt=0)

    @property
    def reads_positions(self) -> bool:
        """In time as in steps."""
        return True

    @model_validator(mode="after")
    def _half_lives_in_time_are_given(self) -> Self:
        if self.unit == "time" and not {"shortest", "longest"} <= self.model_fields_set:
            raise ValueError(
                "half-lives in time must start in the units of the data, got no shortest or no longest (the defaults, "
                f"{self.shortest} and {self.longest}, count steps); set both"
            )
        return self

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.shortest > self.longest:
            raise ValueError(f"shortest must not exceed longest, got {self.shortest} and {self.longest}; exchange them")
        return self
