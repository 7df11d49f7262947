"""Which fits there are: every model with every seed; and what ``auto`` means for them."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from sequence_learning.features.model_input import ModelInput
from sequence_learning.fits.baseline_job import BaselineJob
from sequence_learning.fits.configuration import BaselineConfiguration, Configuration, EncoderConfiguration
from sequence_learning.fits.encoder_job import EncoderJob
from sequence_learning.fits.job import Job
from sequence_learning.training.checkpoint import CheckpointConfig
from sequence_learning.training.precision import Precision, on_gpu, resolve_precision


def plan_jobs(
    model_input: ModelInput,
    configurations: Iterable[Configuration],
    seeds: Iterable[int],
    precisions: Mapping[str, Precision],
) -> list[Job]:
    """A job for each model and seed.

    Args:
        model_input: prepared features.
        configurations: of encoders and baselines.
        seeds: of every one.
        precisions: of encoders, where their training leaves it open; as the hardware suggests for others.
    """
    seeds = tuple(seeds)
    return [_job(model_input, one, seed, precisions) for one in configurations for seed in seeds]


def _job(model_input: ModelInput, configuration: Configuration, seed: int, precisions: Mapping[str, Precision]) -> Job:
    if isinstance(configuration, BaselineConfiguration):
        return BaselineJob(configuration.baseline, seed)
    config = CheckpointConfig(
        seed=seed,
        encoder=configuration.encoder,
        model=configuration.model,
        spec=model_input.spec,
        target_spec=model_input.target_spec,
    )
    return EncoderJob(config, resolve(configuration, precisions).training)


def resolve(configuration: EncoderConfiguration, precisions: Mapping[str, Precision]) -> EncoderConfiguration:
    """With what ``auto`` means here in its place, since results depend on it.

    Args:
        configuration: of an encoder.
        precisions: of encoders, where their training leaves it open; as the hardware suggests for others.
    """
    training, measured = configuration.training, precisions.get(configuration.name)
    if training.backend == "ray":  # whose nodes may have what this one lacks
        precision: Precision = "32" if training.precision == "auto" else training.precision
        accelerator = "gpu" if training.accelerator != "cpu" and training.cluster.gpus_per_fit else "cpu"
    else:
        precision = measured if training.precision == "auto" and measured else resolve_precision(training)
        accelerator = "gpu" if on_gpu(training) else "cpu"
    resolved = training.model_copy(update={"precision": precision, "accelerator": accelerator})
    return replace(configuration, training=resolved)
