"""The space of one model: which of its options are searched, checked against the options themselves."""

import itertools
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sequence_learning.encoders import ENCODERS
from sequence_learning.features.model_input import ModelInput
from sequence_learning.fits.configuration import Configuration, EncoderConfiguration, nested
from sequence_learning.training.checkpoint import CheckpointConfig
from sequence_learning.tuning.errors import TuningError
from sequence_learning.tuning.parameters import Choice, Dimension, FloatRange, IntRange, SearchSpaces

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution


def space_of(spaces: SearchSpaces, name: str) -> dict[str, Dimension]:
    """What is searched of one model: what all of its kind share, and its own."""
    shared = spaces.encoders if name in ENCODERS else spaces.baselines
    own = spaces.models.get(name)
    return shared.dimensions | (own.dimensions if own is not None else {})


def check_space(model_input: ModelInput, configuration: Configuration, space: Mapping[str, Dimension]) -> None:
    """Refuse a space that does not fit the model or the data, before anything is trained.

    Every dimension must name an option, hold its configured value, and have ends that can be built into a model, with
    those of the other dimensions of the same part too.

    Raises:
        TuningError: naming the model and the option.
    """
    _check_names(configuration, space)
    for name, value in configured_values(configuration, space).items():
        if not holds(space[name], value):
            raise TuningError(
                f"a search must begin with what is configured, but {configuration.name} has {name} = {value!r}, which "
                f"is not in its space ({_shown(space[name])}); widen {_place(name, configuration.name)}, or configure "
                "a value inside"
            )
    for corner in corners(space):
        try:
            _build(model_input, configuration.changed(nested(corner)))
        except ValueError as error:
            told = ", ".join(f"{name} = {value!r}" for name, value in corner.items())
            raise TuningError(
                f"a space must hold values that its model takes, but {configuration.name} refuses {told}: {error}; "
                f"narrow {_place(next(iter(corner)), configuration.name)}"
            ) from error


def configured_values(configuration: Configuration, space: Mapping[str, Dimension]) -> dict[str, Any]:
    """What is configured of the options that are searched."""
    parts = configuration.parts
    return {name: parts[name.partition(".")[0]][name.partition(".")[2]] for name in space}


def corners(space: Mapping[str, Dimension]) -> list[dict[str, Any]]:
    """All combinations of the ends of a part's dimensions, part by part; of a choice, its values are the ends."""
    found = []
    for part in dict.fromkeys(name.partition(".")[0] for name in space):
        names = [name for name in space if name.partition(".")[0] == part]
        ends = [ends_of(space[name]) for name in names]
        found += [dict(zip(names, values, strict=True)) for values in itertools.product(*ends)]
    return found


def ends_of(dimension: Dimension) -> tuple[Any, ...]:
    """The lowest and the highest number, or every value of a choice."""
    return dimension.values if isinstance(dimension, Choice) else (dimension.low, dimension.high)


def holds(dimension: Dimension, value: object) -> bool:
    """Whether a value can be drawn."""
    if isinstance(dimension, Choice):
        return _as_text(value) in map(_as_text, dimension.values)
    if isinstance(value, bool) or not isinstance(value, int if isinstance(dimension, IntRange) else int | float):
        return False
    on_grid = not isinstance(dimension, IntRange) or (value - dimension.low) % dimension.step == 0
    return bool(dimension.low <= value <= dimension.high and on_grid)


def distributions(space: Mapping[str, Dimension]) -> "dict[str, BaseDistribution]":
    """The space as Optuna has it. Values of choices are JSON: Optuna keeps texts, not lists."""
    return {name: _distribution(dimension) for name, dimension in space.items()}


def encode(space: Mapping[str, Dimension], values: Mapping[str, Any]) -> dict[str, Any]:
    """Values of options as Optuna keeps them."""
    return {
        name: _as_text(value) if isinstance(space[name], Choice) else float(value) if _is_float(space[name]) else value
        for name, value in values.items()
    }


def decode(space: Mapping[str, Dimension], drawn: Mapping[str, Any]) -> dict[str, Any]:
    """And back."""
    return {name: json.loads(value) if isinstance(space[name], Choice) else value for name, value in drawn.items()}


def _check_names(configuration: Configuration, space: Mapping[str, Dimension]) -> None:
    for name in space:
        part, _, option = name.partition(".")
        known = configuration.parts.get(part)
        if known is None:
            raise TuningError(
                f"a space must name parts of its model, got {name} of {configuration.name}; use some of: "
                f"{', '.join(configuration.parts)}"
            )
        if option not in known:
            raise TuningError(
                f"a space must name options that can be searched, got {name} of {configuration.name}; correct "
                f"{_place(name, configuration.name)}: {', '.join(known) or 'it has none'}"
            )


def _build(model_input: ModelInput, configuration: Configuration) -> None:
    """A model of that shape for these data; boosting is checked by its options alone."""
    if isinstance(configuration, EncoderConfiguration):
        CheckpointConfig(
            seed=0,
            encoder=configuration.encoder,
            model=configuration.model,
            spec=model_input.spec,
            target_spec=model_input.target_spec,
        ).build_model()


def _distribution(dimension: Dimension) -> "BaseDistribution":
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    if isinstance(dimension, Choice):
        return CategoricalDistribution([_as_text(value) for value in dimension.values])
    if isinstance(dimension, IntRange):
        return IntDistribution(dimension.low, dimension.high, log=dimension.log, step=dimension.step)
    return FloatDistribution(dimension.low, dimension.high, log=dimension.log)


def _as_text(value: object) -> str:
    return json.dumps(value)


def _is_float(dimension: Dimension) -> bool:
    return isinstance(dimension, FloatRange)


def _shown(dimension: Dimension) -> str:
    if isinstance(dimension, Choice):
        return f"one of {', '.join(map(_as_text, dimension.values))}"
    by = f" by {dimension.step}" if isinstance(dimension, IntRange) and dimension.step > 1 else ""
    return f"{dimension.low} to {dimension.high}{by}"


def _place(name: str, model: str) -> str:
    """Where in the parameters a dimension stands."""
    shared = "encoders" if model in ENCODERS else "baselines"
    return f"search_spaces.models.{model}.{name} (or search_spaces.{shared}.{name})"
