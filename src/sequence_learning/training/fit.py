"""One fit: one encoder, one seed, one thread."""

import logging
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypedDict

import lightning
import torch
from lightning.pytorch.callbacks import Callback, EarlyStopping
from torch import Tensor

from sequence_learning.batch import SequenceBatch
from sequence_learning.dataloaders import create_dataloaders
from sequence_learning.features.model_input import ModelInput
from sequence_learning.parameters import TrainingParameters
from sequence_learning.training.checkpoint import Checkpoint, CheckpointConfig
from sequence_learning.training.module import SequenceModule


class EpochRecord(TypedDict):
    """One epoch: losses as means over rows, and the ranking metric (R², AUC or accuracy) on validation rows.

    The score is NaN where an output is not finite. ``seconds`` run from building the trainer.
    """

    seed: int
    epoch: int
    train_loss: float
    val_loss: float
    val_score: float
    seconds: float


class Costs(TypedDict):
    """What one fit took.

    ``parameters`` are the trainable numbers of the whole model, ``encoder_parameters`` those of the encoder;
    ``best_epoch`` counts from 0; ``fit_seconds`` run from building the trainer to the last validation, and
    ``samples_per_second`` are the training rows seen in all epochs over these.
    """

    seed: int
    parameters: int
    encoder_parameters: int
    epochs: int
    best_epoch: int
    fit_seconds: float
    samples_per_second: float


@dataclass(frozen=True)
class FitResult:
    """What a fit leaves behind.

    Attributes:
        checkpoint: weights of the epoch with the lowest validation loss.
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
) -> FitResult:
    """Train one model on the training rows until the validation loss stops falling.

    The result depends on the arguments alone: not on the process it runs in, nor on what ran before.

    Raises:
        FloatingPointError: if no epoch has a finite validation loss.
    """
    with single_thread(), quiet_lightning():
        torch.manual_seed(config.seed)
        model = config.build_model()
        best = BestWeights(config.seed, on_epoch)
        trainer = lightning.Trainer(
            accelerator=parameters.accelerator,
            devices=1,
            max_epochs=parameters.max_epochs,
            gradient_clip_val=parameters.gradient_clip,
            callbacks=[best, EarlyStopping("val_loss", patience=parameters.patience)],
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            num_sanity_val_steps=0,
            use_distributed_sampler=False,
        )
        loaders = create_dataloaders(model_input, parameters.batch_size, config.seed)
        module = SequenceModule(model, config.target_spec, parameters)
        trainer.fit(module, loaders["train"], loaders["validation"])
    if best.weights is None:
        raise FloatingPointError(
            f"{config.encoder.name}, seed {config.seed}: the validation loss must be finite, "
            f"got {best.history[-1]['val_loss']} in every epoch; lower training.learning_rate"
        )
    return FitResult(
        checkpoint=Checkpoint(config, {name: tensor.numpy() for name, tensor in best.weights.items()}),
        history=best.history,
        costs=Costs(
            seed=config.seed,
            parameters=_count(model),
            encoder_parameters=_count(model.encoder),
            epochs=len(best.history),
            best_epoch=best.epoch,
            fit_seconds=best.history[-1]["seconds"],
            samples_per_second=best.rows_seen / best.history[-1]["seconds"],
        ),
    )


class BestWeights(Callback):
    """Keeps the weights of the best epoch in memory (Lightning's own checkpoints are pickles) and the history."""

    def __init__(self, seed: int, on_epoch: Callable[[EpochRecord], None]) -> None:
        self.seed = seed
        self.on_epoch = on_epoch
        self.history: list[EpochRecord] = []
        self.weights: dict[str, Tensor] | None = None
        self.epoch = -1
        self.lowest = float("inf")
        self.rows_seen = 0
        self.started = time.perf_counter()

    def on_train_batch_end(
        self,
        trainer: lightning.Trainer,
        pl_module: lightning.LightningModule,
        outputs: object,
        batch: SequenceBatch,
        batch_idx: int,
    ) -> None:
        """Counts rows: the loader may leave the last batch out."""
        self.rows_seen += len(batch)

    def on_train_epoch_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Runs after validation, when losses and score of the epoch are known."""
        record = EpochRecord(
            seed=self.seed,
            epoch=trainer.current_epoch,
            train_loss=float(trainer.callback_metrics["train_loss"]),
            val_loss=float(trainer.callback_metrics["val_loss"]),
            val_score=pl_module.val_score,  # type: ignore[typeddict-item]
            seconds=time.perf_counter() - self.started,
        )
        self.history.append(record)
        if record["val_loss"] < self.lowest:
            self.lowest, self.epoch = record["val_loss"], record["epoch"]
            state = pl_module.model.state_dict()  # type: ignore[union-attr]
            self.weights = {name: tensor.detach().cpu().clone() for name, tensor in state.items()}
        self.on_epoch(record)


@contextmanager
def single_thread() -> Iterator[None]:
    """Run with one PyTorch thread: fits run side by side, and sums do not depend on the number of cores."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def quiet_lightning() -> Iterator[None]:
    """Lightning speaks of hardware and loaders for every fit; the project reports on its fits itself.

    MLflow imports Lightning under its older name too, which then takes over its messages.
    """
    names = ("lightning.pytorch", "lightning.fabric", "pytorch_lightning", "lightning_fabric")
    loggers = [logging.getLogger(name) for name in names]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module="lightning")
            yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)


def _count(module: torch.nn.Module) -> int:
    return sum(p.numel() for p in module.parameters() if p.requires_grad)
