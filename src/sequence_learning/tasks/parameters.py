"""A task with known truth as a typed parameter."""

from typing import Self

from pydantic import ValidationError, model_validator

from sequence_learning.options import NamedOptions
from sequence_learning.parameters import SchemaParameters
from sequence_learning.tasks import task_class
from sequence_learning.tasks.base import KnownTruthTask


class TaskParameters(NamedOptions):
    """One task: its registered ``name`` and its own options beside it."""

    def build(self) -> KnownTruthTask:
        """The task, ready to generate."""
        cls = task_class(self.name)
        return cls(cls.config_class.model_validate(self.options))

    @property
    def schema_(self) -> SchemaParameters:
        """Roles of the columns of its tables."""
        task = self.build()
        times = {"time": "time", "prediction_time": "now"} if task.has_times else {}
        return SchemaParameters(
            id="id",
            target="target",
            task=task.config.target,
            numeric=("tabular_*",),
            categorical=("segment",),
            order="step",
            channels=("channel_*",),
            categorical_channels=("kind",),
            **times,
        )

    @model_validator(mode="after")
    def _options_fit_the_task(self) -> Self:
        try:
            self.build()
        except ValidationError as error:
            raise ValueError(f"task {self.name}: {error}") from error
        return self
