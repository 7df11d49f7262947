"""The exported model gives eager's numbers on batches of sizes that the exporter has not seen.

Models of other encoders are exported in tests/inference/test_parity.py.
"""

from typing import Any

import pytest
import torch

from sequence_learning import exported_model
from sequence_learning.dataloaders import TabularSequenceDataset
from sequence_learning.encoders import ENCODERS
from sequence_learning.exported_model import ExportedModel, export_model
from sequence_learning.features.model_input import ModelInput
from sequence_learning.model import SequenceModel
from sequence_learning.parameters import EncoderParameters, ModelParameters
from tests.builders import SMALL, make_model_input

#: Lengths of the rows; the exporter has followed a batch of lengths 0, 1, 5 and 7.
LENGTHS = [0, 0, 1, 3, 40, 12, 0, 7, 2, 1, 5, 9]
BATCHES = ([2], [0], [0, 1, 6], [4], [3, 8], list(range(len(LENGTHS))), [5] * 50)


def build(data: ModelInput) -> SequenceModel:
    """A model whose weights are all random, those that start at zero included."""
    torch.manual_seed(0)
    parameters = ModelParameters(d_tabular=8, d_head=8)
    model = SequenceModel(data.spec, EncoderParameters(name="statistical_aggregation"), parameters).eval()
    with torch.no_grad():
        for weight in model.parameters():
            weight.add_(torch.randn_like(weight), alpha=0.1)
    return model


def assert_same(data: ModelInput, model: SequenceModel) -> None:
    exported = ExportedModel(export_model(model, data.spec))
    dataset = TabularSequenceDataset(data)
    for rows in BATCHES:
        batch = dataset.__getitems__(rows)
        with torch.inference_mode():
            expected = model(batch)
        torch.testing.assert_close(exported(batch), expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    "widths",
    [{"n_channels": 0, "n_numeric": 0}, {"event_categories": (), "categories": (), "n_numeric": 0}],
    ids=["no_numbers", "no_categories_and_nothing_tabular"],
)
def test_data_may_lack_a_kind_of_columns(widths: dict[str, Any]) -> None:
    data = make_model_input(lengths=LENGTHS, **widths)
    assert_same(data, build(data))


@pytest.mark.parametrize("encoder", [name for name in ENCODERS if name not in {"lstm", "gru"}])  # PyTorch's layers do
@pytest.mark.parametrize("backbone", ["mlp", "none"])
def test_an_exporter_takes_no_size_for_fixed_at_its_first_try(encoder: str, backbone: str) -> None:
    """It has other tries, which are slower and follow less of Python."""
    if (encoder, backbone) == ("tabular_only", "none"):
        pytest.skip("reads nothing at all")
    data = make_model_input(ages=True)
    parameters = ModelParameters.model_validate({"d_tabular": 8, "d_head": 8, "backbone": backbone})
    model = SequenceModel(data.spec, EncoderParameters(name=encoder, **SMALL[encoder]), parameters).eval()
    inputs = exported_model._inputs(exported_model._example(data.spec))
    dynamic = {
        name: dict.fromkeys(axes, torch.export.Dim.DYNAMIC)
        for name, axes in exported_model._DYNAMIC.items()
        if name in inputs
    }
    with torch.no_grad():
        program = torch.export.export(
            exported_model._OnTensors(model), (), inputs, dynamic_shapes=dynamic, strict=False
        )
    assert program.range_constraints  # of the sizes that stayed open
