"""Which fits there are: every model with every seed."""

from collections.abc import Mapping

from sequence_learning.baselines import BASELINES
from sequence_learning.baselines.parameters import BaselineParameters
from sequence_learning.features.model_input import ModelInput
from sequence_learning.fits.baseline_job import BaselineJob
from sequence_learning.fits.encoder_job import EncoderJob
from sequence_learning.fits.job import Job
from sequence_learning.parameters import EncoderParameters, ModelParameters, TrainingParameters
from sequence_learning.training.checkpoint import CheckpointConfig
from sequence_learning.training.precision import Precision, resolve_precision


def plan_jobs(
    model_input: ModelInput,
    models: Mapping[str, object],
    model: ModelParameters,
    training: TrainingParameters,
    precisions: Mapping[str, Precision],
) -> list[Job]:
    """A job for each model and seed.

    Args:
        model_input: prepared features.
        models: options of encoders and baselines, by name.
        model: the part that all encoders share.
        training: of encoders, and the seeds of all.
        precisions: of encoders, where ``training`` leaves it open; as the hardware suggests for others.

    Raises:
        ValueError: if a model cannot be built for these features.
    """
    return [
        _job(model_input, name, options, model, _in_precision(training, precisions.get(name)), seed)
        for name, options in models.items()
        for seed in training.seeds
    ]


def _job(
    model_input: ModelInput,
    name: str,
    options: object,
    model: ModelParameters,
    training: TrainingParameters,
    seed: int,
) -> Job:
    if name in BASELINES:
        return BaselineJob(BaselineParameters.model_validate(options), seed)
    config = CheckpointConfig(
        seed=seed,
        encoder=EncoderParameters.model_validate(options),
        model=model,
        spec=model_input.spec,
        target_spec=model_input.target_spec,
    )
    return EncoderJob(config, training)


def _in_precision(training: TrainingParameters, measured: Precision | None) -> TrainingParameters:
    chosen = measured if training.precision == "auto" and measured else resolve_precision(training)
    return training.model_copy(update={"precision": chosen})
