"""Options of statistical aggregation."""

from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from sequence_learning.encoders.configs.base import EncoderConfig

Statistic = Literal["mean", "max", "sum", "min", "std", "last"]


class StatisticalAggregationConfig(EncoderConfig):
    """What is taken of every channel, in the order of the output.

    Attributes:
        statistics: any of mean, max, sum, min, std (population) and last (the newest step).
        quantiles: any shares from 0 to 1; 0.5 is the median.
    """

    statistics: tuple[Statistic, ...] = ("mean", "max", "sum")
    quantiles: tuple[Annotated[float, Field(ge=0, le=1)], ...] = ()

    @model_validator(mode="after")
    def _at_least_one(self) -> Self:
        if not self.statistics and not self.quantiles:
            raise ValueError("at least one statistic or quantile must be taken, got neither; name some in statistics")
        return self

    @property
    def order_free(self) -> bool:
        """All statistics but the last value are."""
        return "last" not in self.statistics

    @property
    def reads_positions(self) -> bool:
        """Statistics look at values."""
        return False

    @field_validator("statistics", "quantiles")
    @classmethod
    def _named_once(cls, value: tuple[object, ...]) -> tuple[object, ...]:
        if len(set(value)) < len(value):
            raise ValueError(f"each statistic may be named once, got {list(value)}; remove the repetition")
        return value
