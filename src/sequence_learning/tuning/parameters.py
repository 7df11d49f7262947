"""Typed parameters of the search, which Kedro checks before a run."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from sequence_learning.options import Options
from sequence_learning.tuning import TUNABLE


class TuningParameters(Options):
    """How ``kedro run --pipeline tune`` searches, and whether the main job uses what was found.

    Attributes:
        use: whether models are trained with their tuned options.
        models: which are tuned; all that are configured if None.
        trials: of a search, at most.
        cpu_seconds: of a search, at most; a trial that exceeds them is cut off at the end of an epoch.
        searches: of each model, with the seeds 0, 1, ...
        random_trials: trials of a search before TPE draws them and any is pruned, the configured one among them.
        prune_after: epochs after which a trial that is behind the median of those before it is pruned; of boosting,
            as many rounds as add up to so much learning rate.
    """

    use: bool = False
    models: tuple[str, ...] | None = None
    trials: int = Field(ge=1)
    cpu_seconds: float = Field(gt=0, allow_inf_nan=False)
    searches: int = Field(ge=1)
    random_trials: int = Field(4, ge=1)
    prune_after: int = Field(4, ge=1)

    @model_validator(mode="after")
    def _known_models(self) -> Self:
        unknown = sorted(set(self.models or ()) - set(TUNABLE))
        if unknown:
            raise ValueError(
                f"tuning.models must name encoders or LightGBM baselines, got {', '.join(unknown)}; "
                f"use some of: {', '.join(TUNABLE)}"
            )
        if self.models is not None and len(set(self.models)) < len(self.models):
            raise ValueError(f"tuning.models must differ, got {list(self.models)}; remove the repetition")
        return self


class _Range(Options):
    @model_validator(mode="after")
    def _in_order(self) -> Self:
        low, high = self.low, self.high  # type: ignore[attr-defined]
        if low >= high:
            raise ValueError(f"low must be below high, got {low} and {high}; exchange them, or leave the option out")
        if self.log and low <= 0:  # type: ignore[attr-defined]
            raise ValueError(f"low must be positive on a log scale, got {low}; raise it, or set log to false")
        return self


class FloatRange(_Range):
    """Numbers from ``low`` to ``high``, drawn evenly, or evenly by their logarithm."""

    kind: Literal["float"]
    low: float = Field(allow_inf_nan=False)
    high: float = Field(allow_inf_nan=False)
    log: bool = False


class IntRange(_Range):
    """Whole numbers from ``low`` to ``high`` in steps, or evenly by their logarithm."""

    kind: Literal["int"]
    low: int
    high: int
    step: int = Field(1, ge=1)
    log: bool = False

    @model_validator(mode="after")
    def _steps_lead_to_the_end(self) -> Self:
        if self.log and self.step > 1:
            raise ValueError(f"a log scale takes no step, got {self.step}; remove one of them")
        if (self.high - self.low) % self.step:
            raise ValueError(
                f"steps must lead from low to high, got {self.low} to {self.high} by {self.step}; change one of them"
            )
        return self


class Choice(Options):
    """One of some values, which may be lists."""

    kind: Literal["choice"]
    values: tuple[Any, ...] = Field(min_length=2)


Dimension = Annotated[FloatRange | IntRange | Choice, Field(discriminator="kind")]
Dimensions = dict[str, Dimension]


class Space(Options):
    """Options that are searched, by the part of the configuration that they belong to.

    Attributes:
        encoder: options of the encoder.
        model: of ``model``.
        training: of ``training``.
        baseline: of the baseline.
    """

    encoder: Dimensions = Field(default_factory=dict)
    model: Dimensions = Field(default_factory=dict)
    training: Dimensions = Field(default_factory=dict)
    baseline: Dimensions = Field(default_factory=dict)

    @property
    def dimensions(self) -> dict[str, Dimension]:
        """All of them, under names such as ``encoder.hidden_size``."""
        parts = {part: getattr(self, part) for part in type(self).model_fields}
        return {
            f"{part}.{option}": dimension for part, options in parts.items() for option, dimension in options.items()
        }


class SearchSpaces(Options):
    """What is searched.

    Attributes:
        encoders: of every encoder.
        baselines: of every LightGBM baseline.
        models: beside that, of single ones, by name. Where both say something of an option, this counts.
    """

    encoders: Space = Space()
    baselines: Space = Space()
    models: dict[str, Space] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _known_models(self) -> Self:
        unknown = sorted(set(self.models) - set(TUNABLE))
        if unknown:
            raise ValueError(
                f"search_spaces.models must name encoders or LightGBM baselines, got {', '.join(unknown)}; "
                f"use some of: {', '.join(TUNABLE)}"
            )
        return self
