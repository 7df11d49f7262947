"""The contract of a task whose best possible prediction is known."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import ClassVar, Literal, Self

import numpy as np
import pandas as pd
from pydantic import Field, model_validator
from scipy.special import ndtr

from sequence_learning.options import Options
from sequence_learning.parameters import Share
from sequence_learning.tasks.sequences import Sequences

#: Completions of what is missing, over which the best prediction is a mean.
N_COMPLETIONS = 100

#: Models that pool events by rules or weights that do not look at what an event says as a whole.
CONTENT_BLIND = (
    "tabular_only",
    "statistical_aggregation",
    "fixed_positional_weighting",
    "learned_static_positional_weighting",
    "learned_decay",
)
#: These, and the one that looks at every event, but at each alone.
ONE_BY_ONE = (*CONTENT_BLIND, "learned_weighted_average")


class TaskConfig(Options):
    """What all tasks can be varied by.

    Attributes:
        target: ``regression``, or ``binary``: whether the same number is above a threshold.
        positives: share of rows above it; None sets it to zero, the number's mean.
        num_samples: entities.
        min_length: events of the shortest sequences.
        max_length: events of the longest.
        num_channels: numeric channels of each event; those that a task does not name carry nothing.
        num_tabular: numeric tabular features, likewise.
        n_kinds: kinds of event.
        n_segments: values of the tabular category.
        noise: share of the number's variance that nothing can predict.
        missing: share of readings (numbers and kinds of events) that are hidden.
        seed: the same seed gives the same tables.
    """

    target: Literal["regression", "binary"] = "regression"
    positives: float | None = Field(None, gt=0, lt=1)
    num_samples: int = Field(8000, ge=10)
    min_length: int = Field(8, ge=0)
    max_length: int = Field(24, ge=1)
    num_channels: int = Field(4, ge=3)
    num_tabular: int = Field(2, ge=2)
    n_kinds: int = Field(4, ge=2)
    n_segments: int = Field(4, ge=2)
    noise: Share = 0.1
    missing: Share = 0.0
    seed: int = Field(0, ge=0)

    @model_validator(mode="after")
    def _lengths_in_order(self) -> Self:
        if self.min_length > self.max_length:
            raise ValueError(
                f"min_length must not exceed max_length, got {self.min_length} and {self.max_length}; lower the first"
            )
        return self

    @model_validator(mode="after")
    def _positives_are_of_classes(self) -> Self:
        if self.positives is not None and self.target == "regression":
            raise ValueError(
                f"positives are rows of a binary target, got {self.positives} for a regression; "
                "leave them out, or set data.target and schema.task to binary"
            )
        return self


@dataclass(frozen=True)
class KnownTruth:
    """Two tables of the data contract, and the best that anything could make of them.

    Attributes:
        entities: ``id``, ``tabular_*``, ``segment``, ``target``, and ``now`` where events have times.
        events: ``id``, ``step``, ``channel_*``, ``kind``, and ``time`` where the task has times.
        best: ``(N,)``, the Bayes-optimal prediction of each entity from what the tables show: E[y | inputs] for a
            regression target, P(y = 1 | inputs) for a binary one.
        unexplained: mean variance that ``best`` leaves, as a share of the regression target's.
    """

    entities: pd.DataFrame
    events: pd.DataFrame
    best: np.ndarray
    unexplained: float


class KnownTruthTask(ABC):
    """Draws tables whose target is a known function of them, the signal, plus normal noise.

    The signal is standardised over the entities drawn and has the share ``1 - noise`` of the target's variance. With
    nothing missing it is the Bayes-optimal prediction. Where readings are hidden, at random, that is the signal's mean
    over what the hidden ones may have been given all that is seen; readings are independent of each other, so they are
    drawn anew from the distribution they came from, :data:`N_COMPLETIONS` times. (The mean over so many has an error of
    its own: it raises the error that the best prediction leaves by a hundredth of what the hidden readings leave.)

    Subclasses say in ``simplest`` which model theory names as the simplest that suffices (an encoder, or a variant of
    one that the diagnosis configures), in ``insufficient`` which cannot, and write :meth:`signal`.
    """

    config_class: ClassVar[type[TaskConfig]] = TaskConfig
    #: The simplest sufficient model; None where there is nothing to learn.
    simplest: ClassVar[str | None]
    #: Models whose vector leaves out what the target depends on, or hides it from a head of ordinary size.
    insufficient: ClassVar[tuple[str, ...]] = ("tabular_only",)
    #: Whether it matters in which order, or at which times, events came.
    order_matters: ClassVar[bool] = True
    #: Whether events have times.
    has_times: ClassVar[bool] = False
    #: Whether kinds of events go missing like readings.
    hides_kinds: ClassVar[bool] = True

    def __init__(self, config: TaskConfig | None = None) -> None:
        self.config = config or self.config_class()

    @abstractmethod
    def signal(self, sequences: Sequences) -> np.ndarray:
        """What the target depends on, ``(N,)``, in any units; defined for every sequence, empty ones included."""

    def draw(self, rng: np.random.Generator) -> Sequences:
        """Complete sequences: independent normal readings and independent kinds."""
        config = self.config
        n, longest = config.num_samples, config.max_length
        lengths = rng.integers(config.min_length, longest + 1, n)
        mask = np.arange(longest) >= longest - lengths[:, None]
        return Sequences(
            readings=np.where(mask[:, :, None], rng.standard_normal((n, longest, config.num_channels)), 0.0),
            kinds=np.where(mask, self.draw_kinds(rng, mask.shape), -1),
            mask=mask,
            tabular=rng.standard_normal((n, config.num_tabular)),
            segment=rng.integers(config.n_segments, size=n),
            ages=self.draw_ages(rng, mask),
        )

    def draw_kinds(self, rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        """Kinds of events, equally frequent unless overridden."""
        return rng.integers(self.config.n_kinds, size=shape)

    def draw_ages(self, rng: np.random.Generator, mask: np.ndarray) -> np.ndarray | None:
        """Times before the prediction, ``(N, L)``; None unless overridden."""
        return None

    def order_free_signal(self, sequences: Sequences, rng: np.random.Generator) -> np.ndarray:
        """The signal of events that came in another, equally likely order."""
        return self.signal(sequences.rearranged(rng))

    def generate(self) -> KnownTruth:
        """Draw the tables: the same, byte for byte, for the same configuration."""
        config, rng = self.config, np.random.default_rng(self.config.seed)
        sequences = self.draw(rng)
        scale = _Scale.of(self.signal(sequences), config.noise)
        number = scale(self.signal(sequences)) + np.sqrt(scale.noise) * rng.standard_normal(config.num_samples)
        if config.positives is not None:
            scale = replace(scale, threshold=float(np.quantile(number, 1 - config.positives)))
        positive = (number > scale.threshold).astype(np.int64)
        hidden_readings = rng.random(sequences.readings.shape) < config.missing
        hidden_kinds = (rng.random(sequences.kinds.shape) < config.missing) & self.hides_kinds
        best, doubt = self._best(sequences, hidden_readings, hidden_kinds, scale)
        return KnownTruth(
            entities=_entities(sequences, number if config.target == "regression" else positive),
            events=_events(sequences, hidden_readings, hidden_kinds),
            best=best,
            unexplained=scale.noise + doubt,
        )

    def _best(
        self, sequences: Sequences, hidden_readings: np.ndarray, hidden_kinds: np.ndarray, scale: "_Scale"
    ) -> tuple[np.ndarray, float]:
        """The Bayes-optimal prediction, and the mean variance of the signal given what is seen."""
        complete = scale(self.signal(sequences))
        if not self.config.missing:
            return self._expected(complete, scale), 0.0
        rng = np.random.default_rng([self.config.seed, 1])
        total, first, second = np.zeros((3, self.config.num_samples))
        for _ in range(N_COMPLETIONS):
            signal = scale(self.signal(self._completed(sequences, hidden_readings, hidden_kinds, rng)))
            total += self._expected(signal, scale)
            change = signal - complete  # zero, not just small, where nothing that matters is hidden
            first += change
            second += change**2
        variance = (second - first**2 / N_COMPLETIONS) / (N_COMPLETIONS - 1)
        return total / N_COMPLETIONS, float(variance.mean())

    def _completed(
        self, sequences: Sequences, hidden_readings: np.ndarray, hidden_kinds: np.ndarray, rng: np.random.Generator
    ) -> Sequences:
        readings, kinds = sequences.readings.copy(), sequences.kinds.copy()
        hidden_readings = hidden_readings & sequences.mask[:, :, None]
        hidden_kinds = hidden_kinds & sequences.mask
        readings[hidden_readings] = rng.standard_normal(int(hidden_readings.sum()))
        kinds[hidden_kinds] = self.draw_kinds(rng, (int(hidden_kinds.sum()),))
        return sequences.replaced(readings, kinds)

    def _expected(self, signal: np.ndarray, scale: "_Scale") -> np.ndarray:
        """E[y | signal]."""
        if self.config.target == "regression":
            return signal
        above = signal - scale.threshold
        return np.asarray(ndtr(above / np.sqrt(scale.noise)) if scale.noise > 0 else (above > 0).astype(np.float64))


@dataclass(frozen=True)
class _Scale:
    """Standardises a signal to the share of variance that is not noise; above the threshold is a positive."""

    mean: float
    factor: float
    noise: float
    threshold: float = 0.0

    @classmethod
    def of(cls, signal: np.ndarray, noise: float) -> Self:
        spread = float(signal.std())
        if spread < 1e-12:  # a signal that is constant carries nothing: all is noise
            return cls(mean=0.0, factor=0.0, noise=1.0)
        return cls(mean=float(signal.mean()), factor=float(np.sqrt(1 - noise) / spread), noise=noise)

    def __call__(self, signal: np.ndarray) -> np.ndarray:
        return (signal - self.mean) * self.factor


def _entities(sequences: Sequences, target: np.ndarray) -> pd.DataFrame:
    entities = pd.DataFrame(sequences.tabular).add_prefix("tabular_")
    entities.insert(0, "id", np.arange(len(entities)))
    entities["segment"] = _names("s", sequences.segment)
    if sequences.ages is not None:
        entities["now"] = 0.0
    entities["target"] = target
    return entities


def _events(sequences: Sequences, hidden_readings: np.ndarray, hidden_kinds: np.ndarray) -> pd.DataFrame:
    row, column = np.nonzero(sequences.mask)
    readings = np.where(hidden_readings, np.nan, sequences.readings)[row, column]
    events = pd.DataFrame(readings).add_prefix("channel_")
    events.insert(0, "id", row)
    events.insert(1, "step", column - (sequences.mask.shape[1] - sequences.lengths[row]))
    events["kind"] = _names("k", sequences.kinds[row, column])
    events["kind"] = events["kind"].where(~hidden_kinds[row, column], None)
    if sequences.ages is not None:
        events["time"] = -sequences.ages[row, column]
    return events


def _names(prefix: str, codes: np.ndarray) -> np.ndarray:
    names = np.array([f"{prefix}{k}" for k in range(int(codes.max(initial=0)) + 1)], dtype=object)
    return np.asarray(names[codes])
