"""Typed parameters of everything that is measured of fitted models, and of the decision."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from sequence_learning.baselines import BASELINES
from sequence_learning.encoders import ENCODERS
from sequence_learning.options import Options

Size = Annotated[int, Field(ge=1)]
Cost = Literal["latency", "disk", "memory", "training"]


class LatencyParameters(Options):
    """How prediction time is measured, on one thread.

    Attributes:
        batch_sizes: rows per call.
        seconds: time spent on each model, runtime, scope and batch size, on the data's own test rows.
        onnx: whether encoders are also exported and timed in ONNX Runtime.
        lengths: steps of sequences at which encoders are timed, to see how cost grows; none to leave that out.
        scaling_seconds: time spent on each of these.
        most_seconds: a call of these that is expected to take longer is left out, and the table says so.
    """

    batch_sizes: tuple[Size, ...] = Field((1, 32, 1024), min_length=1)
    seconds: float = Field(0.2, gt=0)
    onnx: bool = True
    lengths: tuple[Size, ...] = (16, 64, 256, 1024, 4096)
    scaling_seconds: float = Field(0.02, gt=0)
    most_seconds: float = Field(0.1, gt=0)

    @model_validator(mode="after")
    def _single_rows(self) -> Self:
        if 1 not in self.batch_sizes:
            raise ValueError(
                "latency.batch_sizes must hold 1, because the decision is about the time of one row, "
                f"got {list(self.batch_sizes)}; add it"
            )
        return self


class RobustnessParameters(Options):
    """Which changes to the test sequences trained models are put to.

    Attributes:
        last: only this many newest events are kept, one change each.
        most_rows: test rows used, drawn at random; all if there are fewer.
        seed: of the draw, of shuffling and of the random half.
    """

    last: tuple[Size, ...] = (1, 4, 16)
    most_rows: int = Field(2000, ge=10)
    seed: int = Field(0, ge=0)


class LadderParameters(Options):
    """What the ladder trains beside the models that there are.

    Attributes:
        blind_to_time: encoders and baselines that are also trained without the times of events, where the data have
            them: what these models reach is what the order of events is worth, and the rest is what their times are.
    """

    blind_to_time: tuple[str, ...] = ("lightgbm_order_free", "statistical_aggregation", "learned_decay", "gru")

    @model_validator(mode="after")
    def _named_once(self) -> Self:
        if len(set(self.blind_to_time)) < len(self.blind_to_time):
            raise ValueError(
                f"ladder.blind_to_time may name each model once, got {list(self.blind_to_time)}; remove the repetition"
            )
        return self

    @model_validator(mode="after")
    def _registered(self) -> Self:
        unknown = sorted(set(self.blind_to_time) - {*ENCODERS, *BASELINES})
        if unknown:
            raise ValueError(
                f"ladder.blind_to_time must name registered models, got {', '.join(unknown)}; "
                f"use some of: {', '.join([*ENCODERS, *BASELINES])}"
            )
        return self


class InterpretationParameters(Options):
    """How models are asked what they look at.

    Attributes:
        rows: test rows whose gradients and weights are averaged, drawn at random; all if there are fewer.
        permutation_rows: likewise, test rows that are scored when a feature is permuted.
        steps: points of the path along which gradients are integrated.
        repeats: permutations of each channel and feature.
        stable: least agreement between seeds (mean rank correlation) that counts as stable.
        seed: of the draw and the permutations.
    """

    rows: int = Field(256, ge=10)
    permutation_rows: int = Field(1000, ge=10)
    steps: int = Field(16, ge=2)
    repeats: int = Field(1, ge=1)
    stable: float = Field(0.7, ge=0, le=1)
    seed: int = Field(0, ge=0)


class CalibrationParameters(Options):
    """Prediction intervals and calibrated probabilities, fitted on the validation rows.

    Attributes:
        coverage: share of rows whose interval, or set of classes, should hold the truth.
    """

    coverage: float = Field(0.9, gt=0, lt=1)


class Budget(Options):
    """What a model may cost at most; nothing is limited unless given.

    Attributes:
        latency_ms: median time to predict one row, in milliseconds.
        disk_kb: weights and configuration, in kB.
        memory_mb: peak memory of a forward pass on 32 rows, padded to the longest, in MB.
        training_seconds: of one fit.
    """

    latency_ms: float | None = Field(None, gt=0)
    disk_kb: float | None = Field(None, gt=0)
    memory_mb: float | None = Field(None, gt=0)
    training_seconds: float | None = Field(None, gt=0)


class DecisionParameters(Options):
    """When a cheaper encoder is good enough.

    Attributes:
        margin: how far below the best its score may be, in units of the ranking metric.
        confidence: of all statements together.
        cost: what "cheaper" means: ``latency`` of one row, size on ``disk``, ``memory``, or ``training`` time.
        cost_tolerance: costs up to this share above the least count as no higher, since they are measured with noise.
        budget: encoders beyond it are not considered.
    """

    margin: float = Field(0.02, gt=0)
    confidence: float = Field(0.95, gt=0.5, lt=1)
    cost: Cost = "latency"
    cost_tolerance: float = Field(0.1, ge=0)
    budget: Budget = Budget()


class ReportParameters(Options):
    """What the report says of the run.

    Attributes:
        name: of the data, for the title.
        certificates: whether encoders are certified as they are configured, which takes half a minute.
    """

    name: str
    certificates: bool = True
