"""Options of fixed positional weighting."""

from typing import Literal, Self

from pydantic import Field, model_validator

from sequence_learning.encoders.configs.decay import DecayConfig


class FixedPositionalWeightingConfig(DecayConfig):
    """How the weight falls with the distance from the newest event, or with the time since an event.

    Attributes:
        decay: ``linear`` falls to zero just past the oldest event of each sequence; ``exponential`` halves every
            ``half_life``.
        half_life: of ``exponential``, in ``unit``.
        unit: what ``exponential`` counts: ``steps``, or ``time`` in the units of the data (``schema.time_unit``).
    """

    decay: Literal["linear", "exponential"] = "linear"
    half_life: float = Field(5.0, gt=0)

    @property
    def reads_positions(self) -> bool:
        """The linear decay depends on the length by its definition."""
        return self.decay == "exponential"

    @model_validator(mode="after")
    def _half_life_in_time_is_given(self) -> Self:
        if self.unit == "time" and "half_life" not in self.model_fields_set:
            raise ValueError(
                f"a half-life in time must be given in the units of the data, got none (the default, {self.half_life}, "
                "counts steps); set half_life"
            )
        return self

    @model_validator(mode="after")
    def _linear_counts_steps(self) -> Self:
        if self.decay == "linear" and self.unit == "time":
            raise ValueError("linear decay counts steps, got unit 'time'; use decay: exponential, or unit: steps")
        return self
