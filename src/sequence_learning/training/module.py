"""The LightningModule: loss, optimiser and learning-rate schedule around a plain model."""

import math
from collections.abc import Callable
from typing import Any

import lightning
import pandas as pd
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from sequence_learning.batch import SequenceBatch
from sequence_learning.metrics import ranking_score
from sequence_learning.parameters import Task, TrainingParameters
from sequence_learning.spec import TargetSpec
from sequence_learning.training.predict import to_original, to_predictions

_LOSSES: dict[Task, Callable[[Tensor, Tensor], Tensor]] = {
    "regression": F.mse_loss,
    "binary": F.binary_cross_entropy_with_logits,
    "multiclass": F.cross_entropy,
}
_WARM_UP = 0.1


class SequenceModule(lightning.LightningModule):
    """Trains a model with AdamW.

    The learning rate warms up linearly over the first tenth of the steps, then falls along a cosine (Loshchilov &
    Hutter, 2017, https://arxiv.org/abs/1608.03983). Weight decay acts on matrices alone.

    Args:
        model: takes a :class:`SequenceBatch` and gives ``(B, C)``, and its ``members`` ``(B, M, C)``, as
            :class:`~sequence_learning.model.SequenceModel` does.
        target_spec: its task chooses the loss (mean squared error of the standardised target, or cross entropy) and
            the score.
        parameters: learning rate and weight decay.

    Attributes:
        val_score: ranking metric of the latest validation; NaN if an output was not finite.
    """

    def __init__(self, model: nn.Module, target_spec: TargetSpec, parameters: TrainingParameters) -> None:
        super().__init__()
        self.model = model
        self.target_spec = target_spec
        self.parameters_ = parameters
        self.val_score = math.nan
        self._validated: list[tuple[Tensor, Tensor]] = []

    def loss(self, output: Tensor, target: Tensor) -> Tensor:
        """Mean loss of outputs ``(B, C)``."""
        task = self.target_spec.task
        return _LOSSES[task](output if task == "multiclass" else output.squeeze(1), target)

    def training_step(self, batch: SequenceBatch, batch_idx: int) -> Tensor:
        """One step; where the model is an ensemble, each member learns the target by itself."""
        members = self.model.members(batch)  # type: ignore[operator]
        target = batch.target.repeat_interleave(members.shape[1])
        return self._log("train_loss", self.loss(members.flatten(0, 1), target), batch)

    def validation_step(self, batch: SequenceBatch, batch_idx: int) -> None:
        """The loss of what predicts, without dropout."""
        output = self.model(batch)
        self._validated.append((output, batch.target))
        self._log("val_loss", self.loss(output, batch.target), batch)

    def on_validation_epoch_end(self) -> None:
        """Score all validation rows together: few metrics are means over batches."""
        output, target = (torch.cat(parts).cpu() for parts in zip(*self._validated, strict=True))
        self._validated.clear()
        self.val_score = _score(output, target, self.target_spec)

    def _log(self, name: str, loss: Tensor, batch: SequenceBatch) -> Tensor:
        """The epoch's loss is the mean over rows."""
        self.log(name, loss, on_step=False, on_epoch=True, batch_size=len(batch))
        return loss

    def transfer_batch_to_device(
        self, batch: SequenceBatch, device: torch.device, dataloader_idx: int
    ) -> SequenceBatch:
        """Lightning does not look inside a dataclass that is frozen."""
        return batch.to(device)

    def configure_optimizers(self) -> Any:  # noqa: ANN401
        """AdamW with warm-up and cosine, per step."""
        matrices = [p for p in self.model.parameters() if p.ndim >= 2]
        vectors = [p for p in self.model.parameters() if p.ndim < 2]
        optimizer = torch.optim.AdamW(
            [
                {"params": matrices, "weight_decay": self.parameters_.weight_decay},
                {"params": vectors, "weight_decay": 0.0},
            ],
            lr=self.parameters_.learning_rate,
        )
        n_steps = int(self.trainer.estimated_stepping_batches)
        scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: warm_up_and_cosine(step, n_steps))
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler, "interval": "step"}}


def _score(output: Tensor, target: Tensor, target_spec: TargetSpec) -> float:
    """Ranking metric of raw outputs ``(N, C)``; NaN if one is not finite, which scikit-learn would refuse."""
    if not output.isfinite().all():
        return math.nan
    table = {"target": to_original(target.numpy(), target_spec)} | to_predictions(output, target_spec)
    return ranking_score(target_spec.task, pd.DataFrame(table))


def warm_up_and_cosine(step: int, n_steps: int) -> float:
    """Share of the peak learning rate at ``step``."""
    warm_up = max(1, round(_WARM_UP * n_steps))
    if step < warm_up:
        return (step + 1) / warm_up
    progress = (step - warm_up) / max(1, n_steps - warm_up)
    return 0.5 * (1 + math.cos(math.pi * min(1.0, progress)))
