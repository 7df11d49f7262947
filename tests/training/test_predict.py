import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from sequence_learning.batch import SequenceBatch
from sequence_learning.encoders import ENCODERS
from sequence_learning.features.model_input import ModelInput
from sequence_learning.spec import TargetSpec
from sequence_learning.training.predict import original_target, predict, raw_outputs, to_predictions
from tests.builders import make_checkpoint, make_model_input


class Oracle(torch.nn.Module):
    """Knows the target."""

    def forward(self, batch: SequenceBatch) -> torch.Tensor:
        return batch.target.unsqueeze(1)


def test_predictions_are_in_the_units_of_the_target(regression_input: ModelInput) -> None:
    rows = np.array([3, 0, 59])
    prediction = predict(Oracle(), regression_input, rows)["prediction"]
    np.testing.assert_allclose(prediction, regression_input.target[rows] * 2.5 + 10.0, rtol=1e-6)
    np.testing.assert_allclose(prediction, original_target(regression_input, rows), rtol=1e-12)


@given(rows=st.lists(st.integers(0, 59), max_size=30), batch_size=st.integers(1, 8))
def test_raw_outputs_come_in_the_order_asked_for_whatever_the_lengths(rows: list[int], batch_size: int) -> None:
    data = make_model_input()
    output = raw_outputs(Oracle(), data, np.array(rows, dtype=np.int64), batch_size)
    assert output.shape == (len(rows), 1)
    assert output[:, 0].tolist() == data.target[rows].tolist()


class Listener(Oracle):
    """Hears how long the sequences of each batch are."""

    def __init__(self) -> None:
        super().__init__()
        self.lengths: list[list[int]] = []

    def forward(self, batch: SequenceBatch) -> torch.Tensor:
        self.lengths.append(batch.lengths.tolist())
        return super().forward(batch)


def test_rows_of_like_length_are_read_together() -> None:
    """Which spares the encoder padding: here all but a step in every batch."""
    listener = Listener()
    raw_outputs(listener, make_model_input(lengths=[3, 0, 2, 1, 0, 3, 1, 2]), np.arange(8), batch_size=2)
    assert listener.lengths == [[0, 0], [1, 1], [2, 2], [3, 3]]


def test_a_few_long_sequences_do_not_pad_the_others_of_their_batch() -> None:
    listener = Listener()
    data = make_model_input(lengths=[400, *[1] * 50, 400])
    output = raw_outputs(listener, data, np.arange(52))
    assert listener.lengths == [[1] * 50, [400, 400]]
    assert output[:, 0].tolist() == data.target.tolist()


def test_a_distant_mean_costs_no_precision() -> None:
    spec = TargetSpec(task="regression", mean=1e9, std=1.0)
    assert to_predictions(torch.tensor([[0.125]]), spec)["prediction"].tolist() == [1e9 + 0.125]


def test_binary_outputs_become_the_probabilities_of_both_classes() -> None:
    spec = TargetSpec(task="binary", classes=("no", "yes"))
    table = to_predictions(torch.tensor([[0.0], [np.log(3.0)], [1000.0], [-1000.0]]), spec)
    assert list(table) == ["p_0", "p_1"]
    np.testing.assert_allclose(table["p_1"], [0.5, 0.75, 1.0, 0.0], atol=1e-7)
    np.testing.assert_allclose(table["p_0"] + table["p_1"], 1.0)


def test_multiclass_outputs_become_one_probability_per_class() -> None:
    spec = TargetSpec(task="multiclass", classes=("a", "b", "c"))
    table = to_predictions(torch.log(torch.tensor([[1.0, 2.0, 5.0], [1e-30, 1e-30, 1e-30]])), spec)
    expected = {"p_0": [1 / 8, 1 / 3], "p_1": [2 / 8, 1 / 3], "p_2": [5 / 8, 1 / 3]}
    assert table.keys() == expected.keys()
    for name, values in expected.items():
        np.testing.assert_allclose(table[name], values, rtol=1e-6)


@pytest.mark.parametrize("encoder", ENCODERS)
def test_probabilities_sum_to_one(encoder: str) -> None:
    model_input = make_model_input("multiclass")
    rows = model_input.rows("test")
    table = predict(make_checkpoint(model_input, encoder).load_model(), model_input, rows)
    np.testing.assert_allclose(sum(table.values()), np.ones(len(rows)), rtol=1e-12)


def test_predictions_do_not_depend_on_the_batch_size(model_input: ModelInput) -> None:
    model = make_checkpoint(model_input, "gru").load_model()
    rows = np.arange(len(model_input))
    whole, parts = (predict(model, model_input, rows, batch_size) for batch_size in (1024, 7))
    assert whole.keys() == parts.keys()
    for name, column in whole.items():
        assert column.shape == (60,)
        np.testing.assert_allclose(parts[name], column, rtol=1e-5, atol=1e-6)


def test_predictions_follow_the_order_of_the_rows(regression_input: ModelInput) -> None:
    model = make_checkpoint(regression_input, "gru").load_model()
    forward, backward = (
        predict(model, regression_input, rows)["prediction"] for rows in (np.arange(9), np.arange(9)[::-1])
    )
    np.testing.assert_allclose(backward, forward[::-1], rtol=1e-6)


def test_no_rows_give_columns_of_length_zero(model_input: ModelInput) -> None:
    table = predict(make_checkpoint(model_input).load_model(), model_input, np.array([], dtype=np.int64))
    assert all(len(column) == 0 for column in table.values())


def test_predicting_leaves_no_gradients_and_changes_no_weights(regression_input: ModelInput) -> None:
    checkpoint = make_checkpoint(regression_input, "lstm")
    model = checkpoint.load_model()
    predict(model, regression_input, np.arange(9))
    assert all(p.grad is None for p in model.parameters())
    assert all((tensor.numpy() == checkpoint.weights[name]).all() for name, tensor in model.state_dict().items())


def test_original_classes_are_indices(model_input: ModelInput) -> None:
    target = original_target(model_input, np.arange(60))
    if model_input.target_spec.task == "regression":
        assert target.dtype == np.float64
    else:
        assert target.dtype == np.int64
        assert set(target) == set(range(len(model_input.target_spec.classes)))
