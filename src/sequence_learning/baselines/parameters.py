"""Typed parameters of baselines, which Kedro checks before a run."""

from typing import Self

from pydantic import ValidationError, model_validator

from sequence_learning.baselines import baseline_class
from sequence_learning.baselines.base import BaselineConfig
from sequence_learning.options import NamedOptions


class BaselineParameters(NamedOptions):
    """One baseline: its registered ``name`` and that baseline's own options beside it."""

    @property
    def config(self) -> BaselineConfig:
        """The options, typed."""
        return baseline_class(self.name).config_class.model_validate(self.options)

    @model_validator(mode="after")
    def _options_fit_the_baseline(self) -> Self:
        try:
            assert self.config
        except ValidationError as error:
            raise ValueError(f"baseline {self.name}: {error}") from error
        return self
