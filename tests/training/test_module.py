from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import log_loss

from sequence_learning.batch import SequenceBatch
from sequence_learning.dataloaders import BucketedDataset, RaggedDataset, TabularSequenceDataset, create_dataloaders
from sequence_learning.encoders import ENCODERS
from sequence_learning.features.model_input import ModelInput
from sequence_learning.model import SequenceModel
from sequence_learning.parameters import EncoderParameters, ModelParameters
from sequence_learning.training.losses import build_loss
from sequence_learning.training.module import SequenceModule
from tests.builders import SMALL, make_config, make_model_input, make_training

#: Rows so unlike each other in length that cutting a batch of them pays.
LONG = make_model_input(lengths=[0, 1, 2, 3, 4, 5, 6, 0] * 3 + [260, 300, 7, 290, 1, 5], ages=True)
Gradients = dict[str, torch.Tensor]


class Fixed(torch.nn.Module):
    """Gives the same outputs whatever the buckets hold."""

    def __init__(self, output: torch.Tensor) -> None:
        super().__init__()
        self.output = output

    def members(self, *buckets: SequenceBatch) -> torch.Tensor:
        return self.output


def make_module(model: torch.nn.Module, data: ModelInput, **training: float) -> SequenceModule:
    parameters = make_training(**training)
    return SequenceModule(model, build_loss(data.target_spec.task, parameters), parameters)


def build(data: ModelInput, encoder: str, **options: object) -> SequenceModel:
    """In double precision, with no dropout anywhere, in training mode."""
    torch.manual_seed(0)
    parameters = ModelParameters.model_validate({"d_tabular": 8, "d_head": 8} | options)
    model = SequenceModel(data.spec, EncoderParameters(name=encoder, **SMALL[encoder]), parameters).double()
    for part in model.modules():
        if isinstance(part, torch.nn.Dropout):
            part.p = 0.0
    return model.train()


def in_double(batch: SequenceBatch) -> SequenceBatch:
    return batch._each(lambda tensor: tensor.double() if tensor.is_floating_point() else tensor)


def gradients(model: SequenceModel, data: ModelInput, buckets: tuple[SequenceBatch, ...]) -> Gradients:
    model.zero_grad()
    make_module(model, data).training_step(tuple(map(in_double, buckets)), 0).backward()
    return {name: p.grad.clone() for name, p in model.named_parameters() if p.grad is not None}


def assert_same(first: Gradients, second: Gradients) -> None:
    """But for the loss itself, which is taken in 32 bits."""
    assert first.keys() == second.keys()
    assert any(gradient.any() for gradient in first.values())
    for name, gradient in first.items():
        torch.testing.assert_close(gradient, second[name], rtol=1e-5, atol=1e-6, msg=name)


def expected_loss(task: str, output: torch.Tensor, target: np.ndarray) -> float:
    if task == "regression":
        return float(np.square(output[:, 0].numpy() - target).mean())
    if task == "binary":
        return float(log_loss(target, output[:, 0].double().sigmoid(), labels=[0, 1]))
    return float(log_loss(target, output.double().softmax(dim=1), labels=[0, 1, 2]))


@pytest.mark.parametrize("n_members", [0, 1, 3])
def test_each_member_is_trained_by_itself_on_the_rows_of_all_buckets(model_input: ModelInput, n_members: int) -> None:
    dataset = TabularSequenceDataset(model_input)
    buckets = (dataset.__getitems__([4, 2, 0]), dataset.__getitems__([1, 3]))
    task, target = model_input.target_spec.task, model_input.target[[4, 2, 0, 1, 3]]
    generator = torch.Generator().manual_seed(0)
    output = torch.randn(5, n_members or 1, model_input.spec.n_outputs, generator=generator)
    loss = make_module(Fixed(output if n_members else output[:, 0]), model_input).training_step(buckets, 0)
    by_member = [expected_loss(task, one, target) for one in output.unbind(1)]
    assert loss.item() == pytest.approx(np.mean(by_member), rel=1e-5)


@pytest.mark.parametrize("encoder", ENCODERS)
@given(rows=st.lists(st.integers(0, 23), min_size=4, max_size=12, unique=True), data=st.data())
@settings(max_examples=5)
def test_buckets_have_the_gradient_of_their_rows_padded_in_one_batch(
    encoder: str, rows: list[int], data: st.DataObject
) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(1, len(rows) - 1), min_size=1, max_size=3)))
    dataset, model = TabularSequenceDataset(LONG), build(LONG, encoder)
    padded = gradients(model, LONG, (dataset.__getitems__(rows),))
    buckets = tuple(dataset.__getitems__(part) for part in np.split(np.array(rows), cuts))
    assert_same(gradients(model, LONG, buckets), padded)


@pytest.mark.parametrize("fusion", ["concat", "gated", "film", "query"])
@pytest.mark.parametrize("backbone", ["mlp", "tabm"])
def test_the_cuts_of_a_loader_change_no_gradient_whatever_the_rest_of_the_model(fusion: str, backbone: str) -> None:
    rows = np.arange(len(LONG))
    model = build(LONG, "gru", fusion=fusion, backbone=backbone, n_members=3, dropout=0.0)
    buckets = BucketedDataset(LONG).__getitems__(rows)
    assert len(buckets) > 1
    padded = gradients(model, LONG, (TabularSequenceDataset(LONG).__getitems__(rows),))
    assert_same(gradients(model, LONG, buckets), padded)


@pytest.mark.parametrize("encoder", ENCODERS)
@given(rows=st.lists(st.integers(0, len(LONG) - 1), min_size=4, max_size=12, unique=True))
@settings(max_examples=5)
def test_sequences_end_to_end_have_the_gradient_of_padded_ones(encoder: str, rows: list[int]) -> None:
    model = build(LONG, encoder)
    padded = gradients(model, LONG, (TabularSequenceDataset(LONG).__getitems__(rows),))
    assert_same(gradients(model, LONG, RaggedDataset(LONG).__getitems__(rows)), padded)


@pytest.mark.parametrize("encoder", ENCODERS)
def test_so_have_sequences_that_are_all_empty(encoder: str) -> None:
    data = make_model_input(lengths=[0] * 6, ages=True)
    model, rows = build(data, encoder), range(len(data))
    padded, ragged = (
        {name: gradient for name, gradient in gradients(model, data, batch).items() if gradient.any()}
        for batch in ((TabularSequenceDataset(data).__getitems__(rows),), RaggedDataset(data).__getitems__(rows))
    )
    assert_same(ragged, padded)


@pytest.mark.parametrize("fusion", ["concat", "gated", "film", "query"])
@pytest.mark.parametrize("backbone", ["mlp", "tabm"])
def test_so_they_have_whatever_the_rest_of_the_model(fusion: str, backbone: str) -> None:
    rows = np.arange(len(LONG))
    model = build(LONG, "learned_weighted_average", fusion=fusion, backbone=backbone, n_members=3, dropout=0.0)
    padded = gradients(model, LONG, (TabularSequenceDataset(LONG).__getitems__(rows),))
    assert_same(gradients(model, LONG, RaggedDataset(LONG).__getitems__(rows)), padded)


def test_standardisation_learns_the_same_from_buckets_and_without_padding() -> None:
    rows = np.arange(len(LONG))
    running = []
    for dataset in (BucketedDataset(LONG), RaggedDataset(LONG), TabularSequenceDataset(LONG)):
        model, batch = build(LONG, "statistical_aggregation"), dataset.__getitems__(rows)
        gradients(model, LONG, batch if isinstance(batch, tuple) else (batch,))
        running.append(model.encoding_norm.running_var)
    torch.testing.assert_close(running[0], running[2])
    torch.testing.assert_close(running[1], running[2])
    assert (running[0] - 1).abs().max() > 0.01


def test_the_batches_of_an_epoch_have_the_gradient_of_all_rows_on_average() -> None:
    """In evaluation mode: a model that standardises over a batch has another loss for each way of making batches."""
    data = replace(LONG, part=np.zeros(len(LONG), dtype=np.uint8))
    model = build(data, "gru").eval()
    everything = gradients(model, data, (TabularSequenceDataset(data).__getitems__(np.arange(len(data))),))
    loader = create_dataloaders(data, 10, seed=5, layout="bucketed")["train"]
    assert len(loader) == 3
    for _ in range(2):
        batches = [gradients(model, data, buckets) for buckets in loader]
        mean = {name: torch.stack([batch[name] for batch in batches]).mean(dim=0) for name in everything}
        assert_same(mean, everything)


@pytest.mark.parametrize("shape", [(5, 1), (5, 1, 1)])
def test_a_loss_is_in_32_bits_whatever_the_outputs_are(shape: tuple[int, ...]) -> None:
    data = make_model_input()
    batch = TabularSequenceDataset(data).__getitems__([0, 1, 2, 3, 4])
    output = torch.randn(shape, generator=torch.Generator().manual_seed(0)).bfloat16()
    assert make_module(Fixed(output), data).training_step((batch,), 0).dtype == torch.float32


def test_weight_decay_acts_on_every_matrix_and_on_nothing_else() -> None:
    data = make_model_input()
    model = make_config(data, "transformer").build_model()
    optimizer = make_module(model, data, learning_rate=0.5, weight_decay=0.25).configure_optimizers()
    decayed, free = optimizer.param_groups
    assert (decayed["weight_decay"], free["weight_decay"]) == (0.25, 0.0)
    assert all(p.ndim >= 2 for p in decayed["params"])
    assert all(p.ndim < 2 for p in free["params"])
    assert len(decayed["params"]) + len(free["params"]) == len(list(model.parameters()))
    assert {group["lr"] for group in optimizer.param_groups} == {0.5}


def test_all_weights_decay_where_that_is_asked_for() -> None:
    data = make_model_input()
    module = make_module(make_config(data).build_model(), data, weight_decay=0.25, decay="all")
    groups = module.configure_optimizers().param_groups
    assert {p for group in groups for p in group["params"]} == set(module.model.parameters())
    assert {group["weight_decay"] for group in groups} == {0.25}
