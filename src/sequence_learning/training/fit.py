"""One fit: one encoder, one seed, one thread."""

import logging
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

import torch
from safetensors import SafetensorError

from sequence_learning.features.model_input import ModelInput
from sequence_learning.parameters import TrainingParameters
from sequence_learning.training.checkpoint import Checkpoint, CheckpointConfig
from sequence_learning.training.loop import TrainingLoop
from sequence_learning.training.quiet import quiet_lightning
from sequence_learning.training.state import EpochRecord
from sequence_learning.training.threads import single_thread

logger = logging.getLogger(__name__)


class Costs(TypedDict):
    """What one fit took.

    ``parameters`` are the trainable numbers of the whole model, ``encoder_parameters`` those of the encoder;
    ``kept_epoch`` counts from 0 and is the one whose weights are kept; ``fit_seconds`` run from building the model to
    the last validation, and ``samples_per_second`` are the training rows seen in all epochs over these. ``precision``
    is 32 or 16 bits.
    """

    seed: int
    parameters: int
    encoder_parameters: int
    epochs: int
    kept_epoch: int
    fit_seconds: float
    samples_per_second: float
    precision: int


@dataclass(frozen=True)
class FitResult:
    """What a fit leaves behind.

    Attributes:
        checkpoint: weights of the epoch that ``training.keep`` names.
        history: one record per epoch.
        costs: size and time.
    """

    checkpoint: Checkpoint
    history: list[EpochRecord]
    costs: Costs


def fit(
    model_input: ModelInput,
    config: CheckpointConfig,
    parameters: TrainingParameters,
    on_epoch: Callable[[EpochRecord], None] = lambda record: None,
    state_file: Path | None = None,
) -> FitResult:
    """Train one model on the training rows until the validation loss stops falling.

    The result depends on model input, configuration and parameters alone: not on the process it runs in, nor on what
    ran before, nor on whether it was interrupted.

    Args:
        model_input: prepared features.
        config: the model, and the seed.
        parameters: how it is trained.
        on_epoch: hears of every epoch.
        state_file: where the training stands after each epoch. If it exists, training goes on from there.

    Raises:
        FloatingPointError: if a loss is not finite: weights that have diverged do not come back.
        ValueError: if the loss is none for this kind of target.
    """
    with single_thread(), quiet_lightning():
        loop = TrainingLoop(model_input, config, parameters)
        if state_file is not None and state_file.exists():
            _go_on(loop, state_file)
        for record in loop.progress.history:
            on_epoch(record)
        while not loop.ended:
            record = loop.epoch()
            _refuse_divergence(record, config)
            if state_file is not None:
                loop.save(state_file)
            on_epoch(record)
    return _result(loop, config)


def _go_on(loop: TrainingLoop, state_file: Path) -> None:
    try:
        loop.restore(state_file)
    except SafetensorError as error:  # states are not flushed to the disk: one may be broken after a loss of power
        logger.warning("%s cannot be read (%s), so its training begins anew", state_file, error)


def _refuse_divergence(record: EpochRecord, config: CheckpointConfig) -> None:
    for kind, loss in (("validation", record["val_loss"]), ("training", record["train_loss"])):
        if not math.isfinite(loss):
            raise FloatingPointError(
                f"{config.encoder.name}, seed {config.seed}: the {kind} loss must be finite, "
                f"got {loss} in epoch {record['epoch']}; lower training.learning_rate"
            )


def _result(loop: TrainingLoop, config: CheckpointConfig) -> FitResult:
    progress = loop.progress
    return FitResult(
        checkpoint=Checkpoint(config, {name: tensor.numpy() for name, tensor in loop.kept.items()}),
        history=progress.history,
        costs=Costs(
            seed=config.seed,
            parameters=_count(loop.model),
            encoder_parameters=_count(loop.model.encoder),
            epochs=progress.epoch,
            kept_epoch=loop.kept_epoch,
            fit_seconds=progress.seconds,
            samples_per_second=progress.rows_seen / progress.seconds,
            precision=16 if loop.precision == "bf16" else 32,
        ),
    )


def _count(module: torch.nn.Module) -> int:
    return sum(p.numel() for p in module.parameters() if p.requires_grad)
