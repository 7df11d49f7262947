"""The LightningModule: loss and optimiser around a plain model."""

import lightning
import torch
from torch import Tensor, nn

from sequence_learning.batch import SequenceBatch, together
from sequence_learning.parameters import TrainingParameters
from sequence_learning.training.losses import Loss


class SequenceModule(lightning.LightningModule):
    """Trains a model with AdamW.

    Args:
        model: its ``members`` of one batch or of its buckets are ``(B, C)``, or ``(B, M, C)`` of an ensemble, as
            those of :class:`~sequence_learning.model.SequenceModel`.
        loss: of outputs ``(B, C)``.
        parameters: learning rate, and what decays by how much.
    """

    def __init__(self, model: nn.Module, loss: Loss, parameters: TrainingParameters) -> None:
        super().__init__()
        self.model = model
        self.loss = loss
        self.parameters_ = parameters

    def training_step(self, batch: tuple[SequenceBatch, ...], batch_idx: int) -> Tensor:
        """Loss of the buckets of one batch; where the model is an ensemble, each member learns by itself."""
        outputs = self.model.members(*batch)  # type: ignore[operator]
        target = together([bucket.target for bucket in batch])
        if outputs.ndim == 3:
            outputs, target = outputs.flatten(0, 1), target.repeat_interleave(outputs.shape[1])
        return self.loss(outputs.float(), target)

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """AdamW; weight decay acts on matrices alone, or on all weights."""
        matrices = [p for p in self.model.parameters() if p.ndim >= 2]
        vectors = [p for p in self.model.parameters() if p.ndim < 2]
        decay = self.parameters_.weight_decay
        return torch.optim.AdamW(
            [
                {"params": matrices, "weight_decay": decay},
                {"params": vectors, "weight_decay": decay if self.parameters_.decay == "all" else 0.0},
            ],
            lr=self.parameters_.learning_rate,
            fused=True,  # one pass over all weights
        )
