"""Ablations: what single changes to the configuration are worth, each measured over seeds."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import pandas as pd

from sequence_learning.evaluation.held_out import score_part
from sequence_learning.features.model_input import ModelInput
from sequence_learning.metrics import METRICS
from sequence_learning.parameters import (
    AblationParameters,
    Change,
    EncoderParameters,
    ModelParameters,
    Task,
    TrainingParameters,
)
from sequence_learning.training.checkpoint import CheckpointConfig

#: What names a row of the summary.
KEYS = ["group", "encoder", "change"]


@dataclass(frozen=True)
class Variation:
    """One encoder with one change applied.

    Attributes:
        group: name of the ablation.
        change: name of the change.
        encoder: the encoder's changed configuration.
        model: likewise of the rest of the model.
        training: likewise of its training.
    """

    group: str
    change: str
    encoder: EncoderParameters
    model: ModelParameters
    training: TrainingParameters


def plan_variations(
    model_input: ModelInput,
    ablations: AblationParameters,
    encoders: Mapping[str, EncoderParameters],
    model: ModelParameters,
    training: TrainingParameters,
) -> list[Variation]:
    """Apply every change of the chosen groups to every encoder that they name.

    Raises:
        ValueError: if a group names an encoder that is not configured, or a change fits neither what it changes nor
            the data.
    """
    plan = []
    for name, group in ablations.chosen.items():
        unknown = sorted(set(group.encoders) - set(encoders))
        if unknown:
            raise ValueError(
                f"ablations.groups.{name} must name configured encoders, got {', '.join(unknown)}; "
                f"use some of: {', '.join(encoders)}"
            )
        plan += [
            _variation(name, change_name, change, encoders[encoder], model, training)
            for encoder in group.encoders
            for change_name, change in group.changes.items()
        ]
    for variation in plan:  # a model that cannot be built is refused before any is trained
        with _named(variation.group, variation.change, variation.encoder.name):
            config_of(model_input, variation, seed=0).build_model()
    return plan


def config_of(model_input: ModelInput, variation: Variation, seed: int) -> CheckpointConfig:
    """The model of this variation for these features."""
    return CheckpointConfig(
        seed=seed,
        encoder=variation.encoder,
        model=variation.model,
        spec=model_input.spec,
        target_spec=model_input.target_spec,
    )


def measure_variation(
    model_input: ModelInput,
    variation: Variation,
    seed: int,
    on_epoch: Callable[[Mapping[str, Any]], None] = lambda record: None,
) -> dict[str, object]:
    """Fit one variation with one seed and score it.

    Returns:
        The names of group, encoder and change, ``seed``, every metric on validation (``val_<metric>``) and test rows,
        and the costs of the fit.
    """
    from sequence_learning.training.fit import fit

    result = fit(model_input, config_of(model_input, variation, seed), variation.training, on_epoch)
    model = result.checkpoint.load_model()
    scores: dict[str, float] = {}
    for part, prefix in (("validation", "val_"), ("test", "")):
        scores |= {prefix + metric: value for metric, value in score_part(model, model_input, part).items()}
    names = {"group": variation.group, "encoder": variation.encoder.name, "change": variation.change}
    return names | scores | dict(result.costs)


def measure_all(model_input: ModelInput, plan: list[Variation]) -> pd.DataFrame:
    """Fit every variation with every seed, in worker processes: a row each, as :func:`measure_variation` gives it."""
    from sequence_learning.training.pool import side_by_side

    jobs = [(variation, seed) for variation in plan for seed in variation.training.seeds]
    rows = side_by_side(
        [partial(measure_variation, model_input, variation, seed) for variation, seed in jobs],
        titles=[f"{v.encoder.name} {v.change} seed {seed}" for v, seed in jobs],
        n_steps=max(variation.training.max_epochs for variation in plan),
        n_workers=plan[0].training.n_workers,
    )
    return pd.DataFrame(rows)


def summarise(task: Task, measured: pd.DataFrame) -> pd.DataFrame:
    """One row per group, encoder and change, in the order in which they were measured.

    Returns:
        The ranking metric on validation and test rows, means over seeds with ``_std``; ``gain``, the mean difference
        on validation rows from the group's first change with the same encoder and seed, with ``gain_std`` (both
        missing for that change itself): choices are made by it, and test rows kept for the last word; ``seeds`` and
        means of the costs.
    """
    metric = METRICS[task][0]
    first = measured.groupby(["group", "encoder"])["change"].transform("first")
    reference = measured[measured["change"] == first].set_index(["group", "encoder", "seed"])[f"val_{metric}"]
    own = measured.set_index(["group", "encoder", "seed"])[f"val_{metric}"]
    gain = own.to_numpy() - reference.reindex(own.index).to_numpy()
    rows = measured.assign(gain=pd.Series(gain, measured.index).where(measured["change"] != first))
    grouped = rows.groupby(KEYS, sort=False)
    columns: dict[str, object] = {}
    for name in (f"val_{metric}", metric, "gain"):
        columns |= {name: grouped[name].mean(), f"{name}_std": grouped[name].std()}
    columns["seeds"] = grouped.size()
    columns |= {cost: grouped[cost].mean() for cost in ("parameters", "encoder_parameters", "epochs", "fit_seconds")}
    return pd.DataFrame(columns).reset_index()


def _variation(
    group: str,
    name: str,
    change: Change,
    encoder: EncoderParameters,
    model: ModelParameters,
    training: TrainingParameters,
) -> Variation:
    with _named(group, name, encoder.name):
        return Variation(
            group=group,
            change=name,
            encoder=EncoderParameters.model_validate(encoder.model_dump() | change.encoder),
            model=ModelParameters.model_validate(model.model_dump() | change.model),
            training=TrainingParameters.model_validate(training.model_dump() | change.training),
        )


@contextmanager
def _named(group: str, change: str, encoder: str) -> Iterator[None]:
    """Say where in the parameters an error comes from."""
    try:
        yield
    except ValueError as error:
        raise ValueError(f"ablations.groups.{group}.changes.{change}, encoder {encoder}: {error}") from error
