import logging
from dataclasses import dataclass

import pytest
import torch
from torch import Tensor

from sequence_learning.batch import SequenceBatch
from sequence_learning.dataloaders import TabularSequenceDataset
from sequence_learning.evaluation.latency.graphs import export_graphs
from sequence_learning.exported_model import ExportedModel
from sequence_learning.model import SequenceModel
from sequence_learning.training.checkpoint import Checkpoint
from tests.builders import make_checkpoint, make_model_input

DATA = make_model_input()


class Stubborn(SequenceModel):
    """Looks at a number to decide what to compute, which no graph can."""

    def forward(self, batch: SequenceBatch) -> Tensor:
        return super().forward(batch) if batch.numeric.sum() > 0 else batch.numeric


@dataclass(frozen=True)
class StubbornCheckpoint(Checkpoint):
    def load_model(self) -> SequenceModel:
        model = super().load_model()
        model.__class__ = Stubborn
        return model


def test_what_cannot_be_exported_is_left_out_with_the_reason(caplog: pytest.LogCaptureFixture) -> None:
    good = make_checkpoint(DATA, "learned_decay")
    stubborn = make_checkpoint(DATA, "gru")
    with caplog.at_level(logging.WARNING):
        graphs = export_graphs([StubbornCheckpoint(stubborn.config, stubborn.weights), good], n_workers=1)

    assert list(graphs) == ["learned_decay"]
    (warning,) = [record.getMessage() for record in caplog.records if record.name.startswith("sequence_learning")]
    assert warning.startswith("gru does not run in ONNX Runtime and is not timed there: ")
    assert "data-dependent" in warning
    batch = TabularSequenceDataset(DATA).__getitems__([1, 2, 3])
    with torch.inference_mode():
        expected = good.load_model()(batch)
    torch.testing.assert_close(ExportedModel(graphs["learned_decay"])(batch), expected)


def test_without_encoders_there_is_nothing_to_export() -> None:
    assert export_graphs([]) == {}
