"""Ablations: what single changes to the configuration are worth, each measured over seeds."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from sequence_learning.evaluation.held_out import score_part
from sequence_learning.features.model_input import ModelInput
from sequence_learning.fits.configuration import EncoderConfiguration
from sequence_learning.fits.outcomes import FitsFailedError, describe, failures_of
from sequence_learning.fits.store import FitStore
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

if TYPE_CHECKING:
    from sequence_learning.training.precision import Precision

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

    @property
    def configuration(self) -> EncoderConfiguration:
        """As the queue of fits takes it."""
        return EncoderConfiguration(self.encoder, self.model, self.training)


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
    for variation in plan:  # what cannot be built or trained is refused before any is
        with _named(variation.group, variation.change, variation.encoder.name):
            variation.training.check_target(model_input.target_spec.task)
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


def measure_all(
    model_input: ModelInput, plan: Sequence[Variation], store: FitStore, precisions: "Mapping[str, Precision]"
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Fit every variation with every seed, from one queue, and score it.

    Args:
        model_input: prepared features.
        plan: at least one variation.
        store: holds fits of earlier runs, those of the main job included, and takes these.
        precisions: of encoders, where their training leaves it open.

    Returns:
        A row each: ``group``, ``encoder``, ``change``, ``seed``, every metric on validation (``val_<metric>``) and test
        rows, and the costs of the fit; nothing but the first four where it failed. Fits that failed: ``model`` (the
        encoder and the change), ``seed``, ``reason``.

    Raises:
        FitsFailedError: if every fit failed.
    """
    from sequence_learning.fits.plan import plan_jobs
    from sequence_learning.fits.queue import run_all, workers_for_fits

    planned = [
        (variation, job)
        for variation in plan
        for job in plan_jobs(model_input, [variation.configuration], variation.training.seeds, precisions)
    ]
    outcomes, _ = run_all([job for _, job in planned], model_input, store, workers_for_fits(plan[0].training))
    rows, failures = [], []
    for (variation, job), outcome in zip(planned, outcomes, strict=True):
        names = {"group": variation.group, "encoder": variation.encoder.name, "change": variation.change}
        measured = {} if outcome.failure else _scores(model_input, store.file(outcome.key))
        rows.append({**names, "seed": job.seed, **measured})
        failures.append(replace(outcome, model=f"{variation.encoder.name} {variation.change}"))
    failed = failures_of(failures)
    if len(failed) == len(rows):
        raise FitsFailedError(f"nothing can be compared, because every fit failed; {describe(failed)}")
    return pd.DataFrame(rows), failed


def _scores(model_input: ModelInput, file: Path) -> dict[str, object]:
    from sequence_learning.fits.encoder_job import read_fit

    result = read_fit(file)
    model = result.checkpoint.load_model()
    scores: dict[str, float] = {}
    for part, prefix in (("validation", "val_"), ("test", "")):
        scores |= {prefix + metric: value for metric, value in score_part(model, model_input, part).items()}
    return scores | {cost: value for cost, value in result.costs.items() if cost != "seed"}


def summarise(task: Task, measured: pd.DataFrame) -> pd.DataFrame:
    """One row per group, encoder and change, in the order in which they were measured.

    Returns:
        The ranking metric on validation and test rows, means over seeds with ``_std``; ``gain``, the mean difference
        on validation rows from the group's first change with the same encoder and seed, with ``gain_std`` (both
        missing for that change itself): choices are made by it, and test rows kept for the last word; ``seeds``, of
        which the fit did not fail; means of the costs; and of every other metric ``val_<metric>`` and
        ``difference_<metric>``, likewise: of errors, less is better.
    """
    ranking, *others = METRICS[task]
    differences = {"gain": _differences(measured, f"val_{ranking}")}
    differences |= {f"difference_{metric}": _differences(measured, f"val_{metric}") for metric in others}
    grouped = measured.assign(**differences).groupby(KEYS, sort=False)

    def over_seeds(*names: str) -> dict[str, object]:
        return {name + end: grouped[name].agg(how) for name in names for end, how in (("", "mean"), ("_std", "std"))}

    columns = over_seeds(f"val_{ranking}", ranking, "gain")
    columns["seeds"] = grouped[f"val_{ranking}"].count()
    columns |= {cost: grouped[cost].mean() for cost in ("parameters", "encoder_parameters", "epochs", "fit_seconds")}
    columns |= over_seeds(*(prefix + metric for metric in others for prefix in ("val_", "difference_")))
    return pd.DataFrame(columns).reset_index()


def _differences(measured: pd.DataFrame, score: str) -> pd.Series:
    """Of each row from the group's first change with the same encoder and seed; missing for that change."""
    first = measured["change"] == measured.groupby(["group", "encoder"])["change"].transform("first")
    keyed = measured.set_index(["group", "encoder", "seed"])[score]
    reference = keyed[first.to_numpy()].reindex(keyed.index)
    return pd.Series(keyed.to_numpy() - reference.to_numpy(), measured.index).where(~first)


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
