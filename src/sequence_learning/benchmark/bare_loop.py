"""What our training is compared with: the loop that one would write by hand, without Lightning and without records."""

from collections.abc import Iterator

import torch
from torch import nn

from sequence_learning.batch import SequenceBatch
from sequence_learning.benchmark.features import Lengths
from sequence_learning.dataloaders import TabularSequenceDataset
from sequence_learning.encoders.cpu_training import torch_layers
from sequence_learning.features.model_input import ModelInput
from sequence_learning.parameters import TrainingParameters
from sequence_learning.training.checkpoint import CheckpointConfig


class BareLoop:
    """The same model of PyTorch's own layers, recipe and batch size; stock AdamW, in 32 bits.

    Sequences of one length, or without a step, are tensors in memory from which a batch is taken by index; others are
    padded to the longest of their batch, whose rows are drawn at random.

    Args:
        model_input: the prepared features; their training rows are used.
        config: the model, and the seed.
        parameters: learning rate, weight decay, clipping and batch size.
        lengths: of the sequences.
    """

    def __init__(
        self, model_input: ModelInput, config: CheckpointConfig, parameters: TrainingParameters, lengths: Lengths
    ) -> None:
        torch.manual_seed(config.seed)
        self.model = config.build_model().train()
        self._parameters = parameters
        self._dataset = TabularSequenceDataset(model_input, model_input.rows("train"))
        resident = self._dataset.__getitems__(range(len(self._dataset))) if lengths != "variable" else None
        self._batches = self._endless(resident)
        matrices = [p for p in self.model.parameters() if p.ndim >= 2]
        vectors = [p for p in self.model.parameters() if p.ndim < 2]
        self._optimizer = torch.optim.AdamW(
            [{"params": matrices, "weight_decay": parameters.weight_decay}, {"params": vectors, "weight_decay": 0.0}],
            lr=parameters.learning_rate,
        )

    @property
    def steps_per_epoch(self) -> int:
        """Whole batches, or one that is not whole."""
        return max(1, len(self._dataset) // self._parameters.batch_size)

    def step(self) -> int:
        """One step of optimisation; how many rows it saw."""
        batch = next(self._batches)
        with torch_layers():
            loss = nn.functional.mse_loss(self.model(batch).squeeze(1), batch.target)
        self._optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.model.parameters(), self._parameters.gradient_clip)
        self._optimizer.step()
        return len(batch)

    def _endless(self, resident: SequenceBatch | None) -> Iterator[SequenceBatch]:
        size = self._parameters.batch_size
        while True:
            order = torch.randperm(len(self._dataset))
            for start in range(0, self.steps_per_epoch * size, size):
                rows = order[start : start + size]
                yield self._dataset.__getitems__(rows.numpy()) if resident is None else _take(resident, rows)


def _take(batch: SequenceBatch, rows: torch.Tensor) -> SequenceBatch:
    return SequenceBatch(**{name: tensor[rows] for name, tensor in vars(batch).items() if tensor is not None})
