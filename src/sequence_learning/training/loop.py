"""The training loop: a LightningModule driven by Lightning Fabric, whose state can be stored between epochs."""

import math
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from functools import partial
from operator import mul
from pathlib import Path
from typing import Any

import lightning
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader

from sequence_learning.dataloaders import create_dataloaders, shuffling_of
from sequence_learning.features.model_input import ModelInput
from sequence_learning.metrics import ranking_score
from sequence_learning.model import SequenceModel
from sequence_learning.parameters import TrainingParameters
from sequence_learning.spec import TargetSpec
from sequence_learning.training.checkpoint import CheckpointConfig
from sequence_learning.training.encode_once import encoded_once
from sequence_learning.training.flat_parameters import FlatParameters
from sequence_learning.training.losses import balanced_weights, build_loss
from sequence_learning.training.module import SequenceModule
from sequence_learning.training.norm_over_ranks import NormOverRanks
from sequence_learning.training.precision import on_gpu, resolve_precision
from sequence_learning.training.predict import raw_outputs, to_original, to_predictions
from sequence_learning.training.schedule import cosine, warm_up
from sequence_learning.training.state import EpochRecord, Progress, load_state, save_state


class TrainingLoop:
    """One training, epoch by epoch.

    Everything random is drawn anew from seed and epoch, so that a training that goes on from a stored state draws what
    it would have drawn. Training runs in the precision that is asked for; validation always in 32 bits, as what is
    kept predicts.

    Where processes have been grouped by ``torch.distributed``, they train together: each takes its share of a batch,
    and gradients and statistics are those of the whole batch. (With class weights, nearly: each share has a mean of its
    own.)

    Attributes:
        model: whose weights are trained. Where encodings are computed once (:func:`encoded_once`), a model that shares
            its weights is, and its encoder stays in evaluation mode.
        precision: in which it is trained.
        progress: how far it has come.
        kept: weights of the epoch that is kept, of those that are over; empty before the first.
    """

    def __init__(self, model_input: ModelInput, config: CheckpointConfig, parameters: TrainingParameters) -> None:
        self._started = time.perf_counter()
        self._config, self._parameters = config, parameters
        self.precision = resolve_precision(parameters)
        self._on_gpu = on_gpu(parameters)
        device = "cuda" if self._on_gpu else "cpu"
        self._fabric = _fabric(device)
        # Fabric's own would be entered around ``forward`` alone, and refuses batches that are dataclasses.
        self._autocast = nullcontext if self.precision == "32" else partial(torch.autocast, device, torch.bfloat16)
        torch.manual_seed(config.seed)
        self.model = config.build_model()
        if self._fabric.world_size > 1 and isinstance(self.model.encoding_norm, torch.nn.BatchNorm1d):
            self.model.encoding_norm = NormOverRanks.of(self.model.encoding_norm)
        self._learner, self._model_input = self._encode_once(model_input)
        self._loader = self._training_batches()
        self._n_steps = len(self._loader) * parameters.max_epochs
        self._n_warm_up = round(parameters.warm_up * self._n_steps)
        parameters.check_target(config.target_spec.task)  # before a number is counted as a class
        weights = balanced_weights(model_input) if parameters.class_weights == "balanced" else None
        self._loss = build_loss(config.target_spec.task, parameters, weights)
        module = SequenceModule(self._learner, self._loss, parameters)
        set_up = self._fabric.setup(module, module.configure_optimizers())
        # One process by itself has no use for what Fabric wraps around module and gradient to group several.
        several = self._fabric.world_size > 1
        self._module: Any = set_up[0] if several else module
        self._backward = self._fabric.backward if several else _backward
        self._optimizer: torch.optim.AdamW = set_up[1].optimizer
        self._flat = FlatParameters(self._optimizer, move_weights=not self._on_gpu)
        self.progress = Progress()
        self.kept: dict[str, Tensor] = {}
        self._average = self._weights() if parameters.ema_decay else {}

    @property
    def ended(self) -> bool:
        """Whether the last epoch is over, or patience is."""
        waited = self.progress.epoch - 1 - self.progress.best_epoch
        return self.progress.epoch >= self._parameters.max_epochs or waited >= self._parameters.patience

    @property
    def kept_epoch(self) -> int:
        """Whose weights are :attr:`kept`, from 0."""
        return self.progress.best_epoch if self._parameters.keep == "best" else self.progress.epoch - 1

    def epoch(self) -> EpochRecord:
        """Train and validate once."""
        epoch = self.progress.epoch
        torch.manual_seed(_seed_of(self._config.seed, epoch, self._fabric.global_rank))
        train_loss = self._train()
        with self._averaged():
            val_loss, val_score = self._validate()
            self._keep(val_loss)
        now = time.perf_counter()
        self.progress.seconds += now - self._started
        self._started = now
        record = EpochRecord(
            seed=self._config.seed,
            epoch=epoch,
            train_loss=train_loss,
            val_loss=val_loss,
            val_score=val_score,
            seconds=self.progress.seconds,
        )
        self.progress.history.append(record)
        return record

    def _encode_once(self, model_input: ModelInput) -> tuple[SequenceModel, ModelInput]:
        """What is trained, and on what."""
        if self._on_gpu:  # on which it has not been tried
            return self.model, model_input
        return encoded_once(self.model.eval(), model_input)

    def _training_batches(self) -> DataLoader[Any]:
        # On a CPU and in 32 bits: sums over many steps lose some of them in 16, and a GPU has not been tried.
        ragged = self._learner.encoder.reads_ragged and not self._on_gpu and self.precision == "32"
        loader = create_dataloaders(
            self._model_input,
            self._parameters.batch_size,
            self._config.seed,
            layout="ragged" if ragged else "bucketed",
            pin_memory=self._on_gpu,
        )["train"]
        shuffler = shuffling_of(loader)
        shuffler.rank, shuffler.n_ranks = self._fabric.global_rank, self._fabric.world_size
        return loader

    def _train(self) -> float:
        shuffling_of(self._loader).epoch = self.progress.epoch
        self._module.train()
        device, losses, rows = self._fabric.device, [], []
        # A loader without workers adds its own time alone (and draws a seed), but where it pins memory for a GPU.
        batches: Any = self._loader if self._on_gpu else self._loader.dataset
        for i, buckets in enumerate(batches):
            rate = self._learning_rate()
            for group in self._optimizer.param_groups:
                group["lr"] = rate
            rows.append(sum(map(len, buckets)))
            batch = tuple(bucket.to(device) for bucket in buckets)
            with self._autocast():
                loss = self._module.training_step(batch, i)
            self._flat.clear()
            self._backward(self._share(loss, rows[-1]))
            self._flat.clip(self._parameters.gradient_clip)
            self._flat.step()
            self.progress.step += 1
            if self._average:
                self._update_average()
            losses.append(loss.detach())
        # At once: for each a GPU would be waited for.
        loss_sum, n_rows = self._over_ranks(sum(map(mul, torch.stack(losses).tolist(), rows)), sum(rows))
        self.progress.rows_seen += int(n_rows)
        return loss_sum / n_rows

    def _over_ranks(self, *numbers: float) -> list[float]:
        """Each added up over all processes that train together."""
        if self._fabric.world_size == 1:
            return list(numbers)
        sums = torch.tensor(numbers, dtype=torch.float64, device=self._fabric.device)
        self._fabric.all_reduce(sums, reduce_op="sum")
        return sums.tolist()

    def _share(self, loss: Tensor, n_rows: int) -> Tensor:
        """What this process's mean loss adds to the mean over a batch, times processes: gradients are their mean."""
        n_ranks = self._fabric.world_size
        if n_ranks == 1:
            return loss
        return loss * (n_rows * n_ranks / min(self._parameters.batch_size, shuffling_of(self._loader).n_rows))

    def _validate(self) -> tuple[float, float]:
        """Loss and ranking metric of all validation rows together: few metrics are means over batches."""
        rows, spec = self._model_input.rows("validation"), self._config.target_spec
        output = self._outputs(rows)
        target = torch.from_numpy(self._model_input.target[rows])
        loss = self._loss(output, target.long() if spec.task == "multiclass" else target)
        return float(loss), _score(output, self._model_input.target[rows], spec)

    def _outputs(self, rows: np.ndarray) -> Tensor:
        """Of the model, ``(len(rows), C)``: each process computes its share."""
        rank, n_ranks = self._fabric.global_rank, self._fabric.world_size
        own = raw_outputs(self._learner.eval(), self._model_input, rows[rank::n_ranks])
        if n_ranks == 1:
            return own
        output = torch.zeros(len(rows), own.shape[1], device=self._fabric.device)
        output[rank::n_ranks] = own.to(output.device)
        self._fabric.all_reduce(output, reduce_op="sum")
        return output.cpu()

    def _keep(self, val_loss: float) -> None:
        lowest = val_loss < self.progress.lowest
        if lowest:
            self.progress.lowest, self.progress.best_epoch = val_loss, self.progress.epoch
        elif self._parameters.schedule == "plateau":
            self.progress.reductions += 1
        if lowest or self._parameters.keep == "last":
            self.kept = {name: tensor.cpu() for name, tensor in self._weights().items()}

    def _learning_rate(self) -> float:
        rate = self._parameters.learning_rate * warm_up(self.progress.step, self._n_warm_up)
        if self._parameters.schedule == "plateau":
            return float(rate * 0.5**self.progress.reductions)
        return rate * cosine(self.progress.step, self._n_warm_up, self._n_steps)

    def _weights(self) -> dict[str, Tensor]:
        return {name: tensor.detach().clone() for name, tensor in self.model.state_dict().items()}

    @torch.no_grad()
    def _update_average(self) -> None:
        # Early on the average forgets faster: it would keep the random weights that training starts from.
        decay = min(self._parameters.ema_decay, (1 + self.progress.step) / (10 + self.progress.step))
        for name, tensor in self.model.state_dict().items():
            if tensor.is_floating_point():
                self._average[name].lerp_(tensor, 1 - decay)
            else:
                self._average[name].copy_(tensor)

    @contextmanager
    def _averaged(self) -> Iterator[None]:
        """With the averaged weights in place of the latest, if they are averaged."""
        if not self._average:
            yield
            return
        latest = self._weights()
        self.model.load_state_dict(self._average)
        yield
        self.model.load_state_dict(latest)

    def save(self, file: Path) -> None:
        """Store where the training stands."""
        tensors = {"weights": self._weights(), "kept": self.kept, "average": self._average}
        for i, moments in self._optimizer.state_dict()["state"].items():
            tensors[f"moments_{i}"] = moments
        save_state(file, tensors, self.progress)

    def restore(self, file: Path) -> None:
        """Go on where a training with the same arguments stood.

        Raises:
            ValueError: if that was on a device of another kind.
        """
        tensors, progress = load_state(file)
        groups = {name: tensors.pop(name, {}) for name in ("weights", "kept", "average")}
        moments = {int(name.removeprefix("moments_")): parts for name, parts in tensors.items()}
        self._refuse_others(moments, file)
        self.progress = progress
        self.model.load_state_dict(groups["weights"])
        self.kept = groups["kept"]
        self._average = {name: tensor.to(self._fabric.device) for name, tensor in groups["average"].items()}
        self._optimizer.load_state_dict({**self._optimizer.state_dict(), "state": moments})

    def _refuse_others(self, moments: Mapping[int, Mapping[str, Tensor]], file: Path) -> None:
        parameters = [parameter for group in self._optimizer.param_groups for parameter in group["params"]]
        if any(i >= len(parameters) or m["exp_avg"].shape != parameters[i].shape for i, m in moments.items()):
            raise ValueError(
                "a training must go on on a device of the kind on which it was stored, got moments of other shapes in "
                f"{file} (a CPU's are not a GPU's); use the same device, or delete the file to begin anew"
            )


def _backward(loss: Tensor) -> None:
    """As ``backward`` of a scalar, without what that does for compilers and loggers, which small steps would feel."""
    torch.autograd.Variable._execution_engine.run_backward(
        (loss,), (torch.ones_like(loss),), False, False, (), allow_unreachable=True, accumulate_grad=True
    )


def _fabric(accelerator: str) -> lightning.Fabric:
    """For one device, or for this process's part in a training by several, if there is one."""
    if not torch.distributed.is_initialized():
        return lightning.Fabric(accelerator=accelerator, devices=1)
    from lightning.fabric.plugins.environments.torchelastic import TorchElasticEnvironment
    from lightning.fabric.strategies.ddp import DDPStrategy

    devices = int(os.environ["LOCAL_WORLD_SIZE"])
    # Gradients must stay where they are (``FlatParameters``): so no ``gradient_as_bucket_view``.
    strategy = DDPStrategy(cluster_environment=TorchElasticEnvironment(), find_unused_parameters=True)
    num_nodes = torch.distributed.get_world_size() // devices
    fabric = lightning.Fabric(accelerator=accelerator, strategy=strategy, devices=devices, num_nodes=num_nodes)
    fabric.launch()
    return fabric


def _seed_of(seed: int, epoch: int, rank: int) -> int:
    """Of what an epoch draws beside the order of its rows (dropout)."""
    return (seed * 1_000_003 + epoch + 1 + rank * 998_244_353) % 2**32


def _score(output: Tensor, target: Any, target_spec: TargetSpec) -> float:  # noqa: ANN401
    """Ranking metric of raw outputs ``(N, C)``; NaN if one is not finite, which scikit-learn would refuse."""
    if not output.isfinite().all():
        return math.nan
    table = {"target": to_original(target, target_spec)} | to_predictions(output, target_spec)
    return ranking_score(target_spec.task, table)
