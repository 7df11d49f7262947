from pathlib import Path

import numpy as np
import pytest
import torch

from sequence_learning.dataloaders import TabularSequenceDataset
from sequence_learning.features.model_input import ModelInput
from sequence_learning.model import SequenceModel
from sequence_learning.parameters import ModelParameters
from sequence_learning.training import encode_once, loop
from sequence_learning.training.encode_once import encoded_once
from sequence_learning.training.fit import fit
from tests.builders import make_config, make_model_input, make_training
from tests.features.streams import in_shards

FIXED = ["tabular_only", "statistical_aggregation", "fixed_positional_weighting", "random_convolution"]
NUMBERS = make_model_input(n_rows=700, event_categories=())


def build(model_input: ModelInput, encoder: str) -> SequenceModel:
    torch.manual_seed(0)
    return make_config(model_input, encoder).build_model().eval()


@pytest.mark.parametrize("in_windows", [False, True])
@pytest.mark.parametrize("encoder", FIXED)
def test_what_is_trained_gives_of_encodings_what_the_model_gives_of_sequences(
    tmp_path: Path, encoder: str, in_windows: bool
) -> None:
    data = in_shards(NUMBERS, tmp_path / "shards.safetensors", 7, 400) if in_windows else NUMBERS
    model = build(data, encoder)
    learner, encoded = encoded_once(model, data)
    assert learner is not model
    rows = np.random.default_rng(0).permutation(np.flatnonzero(data.part < 2))
    batch = TabularSequenceDataset(NUMBERS, rows).__getitems__(range(len(rows)))
    ours = TabularSequenceDataset(encoded, rows).__getitems__(range(len(rows)))
    torch.testing.assert_close(ours.values.squeeze(1), model.encode(batch))
    torch.testing.assert_close(learner(ours), model(batch))
    assert encoded.window_events is None


def test_test_rows_are_not_encoded() -> None:
    _, encoded = encoded_once(build(NUMBERS, "random_convolution"), NUMBERS)
    assert not encoded.lengths_of(NUMBERS.rows("test")).any()
    assert len(encoded.values) == len(NUMBERS.rows("train")) + len(NUMBERS.rows("validation"))


@pytest.mark.parametrize(("encoder", "event_categories"), [("statistical_aggregation", (4,)), ("gru", ())])
def test_where_something_is_learned_of_the_sequences_they_are_encoded_in_every_epoch(
    encoder: str, event_categories: tuple[int, ...]
) -> None:
    data = make_model_input(event_categories=event_categories)
    model = build(data, encoder)
    assert encoded_once(model, data) == (model, data)


def test_encodings_that_would_take_much_memory_are_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    model = build(NUMBERS, "statistical_aggregation")
    n_rows = len(NUMBERS.rows("train")) + len(NUMBERS.rows("validation"))
    for most, kept in ((9 * n_rows, True), (9 * n_rows - 1, False)):
        monkeypatch.setattr(encode_once, "_MOST", most)
        assert (encoded_once(model, NUMBERS)[0] is not model) == kept


@pytest.mark.parametrize("encoder", FIXED)
def test_a_fit_learns_the_same_as_if_it_encoded_in_every_epoch(encoder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # Without dropout, whose draws meet other rows where a batch has them in another order.
    config = make_config(NUMBERS, encoder).model_copy(update={"model": ModelParameters(d_tabular=8, dropout=0.0)})
    result = fit(NUMBERS, config, make_training())
    monkeypatch.setattr(loop, "encoded_once", lambda model, model_input: (model, model_input))
    expected = fit(NUMBERS, config, make_training())
    for loss in ("train_loss", "val_loss"):
        found, every_epoch = ([record[loss] for record in r.history] for r in (result, expected))
        assert found == pytest.approx(every_epoch, rel=1e-4)
    assert result.checkpoint.weights.keys() == expected.checkpoint.weights.keys()
    assert result.costs["parameters"] == expected.costs["parameters"]


@pytest.mark.parametrize("encoder", ["tabular_only", "random_convolution"])
def test_embeddings_that_no_gradient_reaches_stay_as_they_were_drawn(encoder: str) -> None:
    data = make_model_input(event_categories=(4, 3))
    config = make_config(data, encoder)
    torch.manual_seed(config.seed)
    drawn = config.build_model().state_dict()
    trained = fit(data, config, make_training(weight_decay=10.0)).checkpoint.weights
    names = [name for name in drawn if name.startswith("event_embedding")]
    assert len(names) == 2
    for name in names:
        np.testing.assert_array_equal(trained[name], drawn[name].numpy())
