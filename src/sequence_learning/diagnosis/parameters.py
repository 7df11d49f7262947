"""Typed parameters of the diagnosis."""

from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from sequence_learning.diagnosis.trial import Rows
from sequence_learning.options import Options
from sequence_learning.parameters import Change
from sequence_learning.tasks import TASKS, task_class
from sequence_learning.tasks.parameters import TaskParameters


class Variant(Options):
    """A model beside the encoders as configured, where theory names one of them that is not.

    Attributes:
        of: the encoder that is changed.
        change: how.
        tasks: those on which it is measured.
    """

    of: str
    change: Change
    tasks: tuple[str, ...] = Field(min_length=1)


class DiagnosisParameters(Options):
    """What ``kedro run --pipeline diagnose`` measures.

    Attributes:
        tasks: each with options of its own.
        options: of every task.
        rows: entities of every task.
        seeds: each draws tables of its own and trains every model on them once.
        training: what differs from ``params:training``.
        training_on: what differs again on single tasks, for all models alike.
        variants: by the name they have in results.
    """

    tasks: dict[str, dict[str, Any]] = Field(min_length=1)
    options: dict[str, Any] = Field(default_factory=dict)
    rows: Rows
    seeds: tuple[Annotated[int, Field(ge=0)], ...] = Field(min_length=1)
    training: dict[str, Any] = Field(default_factory=dict)
    training_on: dict[str, dict[str, Any]] = Field(default_factory=dict)
    variants: dict[str, Variant] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _tasks_exist(self) -> Self:
        named = {
            *self.tasks,
            *self.training_on,
            *(task for variant in self.variants.values() for task in variant.tasks),
        }
        unknown = sorted(named - set(TASKS))
        if unknown:
            raise ValueError(f"tasks must be registered, got {', '.join(unknown)}; use some of: {', '.join(TASKS)}")
        return self

    @model_validator(mode="after")
    def _options_fit_the_tasks(self) -> Self:
        for name, own in self.tasks.items():
            TaskParameters.model_validate({"name": name} | self.options | own)
        return self

    @model_validator(mode="after")
    def _training_is_comparable(self) -> Self:
        for changes in (self.training, *self.training_on.values()):
            Change(training=changes)  # refuses what all trials share
        return self

    @model_validator(mode="after")
    def _seeds_differ(self) -> Self:
        if len(set(self.seeds)) < len(self.seeds):
            raise ValueError(f"diagnosis.seeds must differ, got {list(self.seeds)}; remove the repetition")
        return self


class LongParameters(Options):
    """How memory over long sequences is tried.

    Attributes:
        lengths: of the sequences; ascending.
        rows: entities of each.
        change: to training, say.
    """

    lengths: tuple[int, ...] = Field(min_length=2)
    rows: Rows
    change: Change = Change()

    @model_validator(mode="after")
    def _ascending(self) -> Self:
        _refuse_unless_ascending("claims.long.lengths", self.lengths)
        return self


class TimingParameters(Options):
    """How time against length is measured.

    Attributes:
        lengths: of the sequences; ascending.
        batch_size: sequences per call.
        seconds: spent on each encoder and length, at least.
    """

    lengths: tuple[int, ...] = Field(min_length=2)
    batch_size: int = Field(ge=1)
    seconds: float = Field(gt=0)

    @model_validator(mode="after")
    def _ascending(self) -> Self:
        _refuse_unless_ascending("claims.timing.lengths", self.lengths)
        return self


class ClaimsParameters(Options):
    """How claims about the approaches are tried.

    Attributes:
        few_rows: training rows that are few.
        outlier: what a spoilt reading reads, where others spread by 1.
        receptive_fields: of CNNs, and spans of the patterns that they look for; odd, from 3 on.
        long: memory over long sequences.
        timing: time against length.
    """

    few_rows: int = Field(ge=2)
    outlier: float = Field(gt=0)
    receptive_fields: tuple[int, ...] = Field(min_length=2)
    long: LongParameters
    timing: TimingParameters

    @model_validator(mode="after")
    def _fields_have_a_middle(self) -> Self:
        fields = self.receptive_fields
        if any(field < 3 or field % 2 == 0 for field in fields) or len(set(fields)) < len(fields):
            raise ValueError(
                f"claims.receptive_fields must be different odd numbers from 3 on, got {list(fields)}; "
                "filters are centred, so use odd ones"
            )
        return self


class CurvesParameters(Options):
    """Score against the number of training rows.

    Attributes:
        tasks: the numbers of training rows for each.
        encoders: which are compared.
    """

    tasks: dict[str, tuple[int, ...]] = Field(min_length=1)
    encoders: tuple[str, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _something_to_attain(self) -> Self:
        empty = [name for name in self.tasks if task_class(name).simplest is None]
        if empty:
            raise ValueError(f"curves need tasks in which something can be attained, got {empty[0]}; remove it")
        return self


def _refuse_unless_ascending(name: str, lengths: tuple[int, ...]) -> None:
    if list(lengths) != sorted(set(lengths)):
        raise ValueError(f"{name} must ascend, got {list(lengths)}; sort them")
