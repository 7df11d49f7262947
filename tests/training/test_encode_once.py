from pathlib import Path

import numpy as np
import pytest
import torch

from sequence_learning.certificates.variants import VARIANTS
from sequence_learning.dataloaders import TabularSequenceDataset
from sequence_learning.features.model_input import ModelInput
from sequence_learning.model import SequenceModel
from sequence_learning.parameters import EncoderParameters, ModelParameters, TrainingParameters
from sequence_learning.training import encode_once, loop
from sequence_learning.training.encode_once import encoded_once
from sequence_learning.training.fit import FitResult, fit
from sequence_learning.training.loop import TrainingLoop
from tests.builders import make_config, make_model_input, make_training
from tests.features.streams import in_shards

FIXED = ["tabular_only", "statistical_aggregation", "fixed_positional_weighting", "random_convolution"]
NUMBERS = make_model_input(n_rows=700, event_categories=())


#: Everything that events can have, but categories whose embeddings are learned.
WITH_AGES = make_model_input(n_rows=700, event_categories=(), ages=True)
CASES = dict.fromkeys(FIXED, NUMBERS) | {"quantiles": NUMBERS, "exponential_in_time": WITH_AGES}


def build(model_input: ModelInput, variant: str) -> SequenceModel:
    torch.manual_seed(0)
    encoder, options = VARIANTS[variant]
    return SequenceModel(model_input.spec, EncoderParameters(name=encoder, **options)).eval()


def both(data: ModelInput, encoder: str, training: TrainingParameters) -> list[FitResult]:
    """Of fits that encode once, and in every epoch: without dropout, whose draws meet rows in another order."""
    config = make_config(data, encoder).model_copy(update={"model": ModelParameters(d_tabular=8, dropout=0.0)})
    results = [fit(data, config, training)]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(loop, "encoded_once", lambda model, model_input: (model, model_input))
        return [*results, fit(data, config, training)]


@pytest.mark.parametrize("in_windows", [False, True])
@pytest.mark.parametrize("variant", CASES)
def test_what_is_trained_gives_of_encodings_what_the_model_gives_of_sequences(
    tmp_path: Path, variant: str, in_windows: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = CASES[variant]
    data = in_shards(whole, tmp_path / "shards.safetensors", 7, 400) if in_windows else whole
    monkeypatch.setattr(encode_once, "_room", lambda data: 10**6)
    model = build(data, variant)
    learner, encoded = encoded_once(model, data)
    assert learner is not model
    rows = np.random.default_rng(0).permutation(np.flatnonzero(data.part < 2))
    batch = TabularSequenceDataset(whole, rows).__getitems__(range(len(rows)))
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


def test_encodings_of_features_that_need_not_fit_into_memory_take_no_more_than_a_window(tmp_path: Path) -> None:
    model, n_rows = build(NUMBERS, "statistical_aggregation"), int((NUMBERS.part < 2).sum())
    for window, kept in ((3 * n_rows, True), (3 * n_rows - 1, False)):
        data = in_shards(NUMBERS, tmp_path / f"{window}.safetensors", 7, window)
        assert (encoded_once(model, data)[0] is not model) == kept


@pytest.mark.parametrize("categories", [(), (4,)])
@pytest.mark.parametrize("encoder", FIXED)
def test_a_fit_learns_the_same_as_if_it_encoded_in_every_epoch(encoder: str, categories: tuple[int, ...]) -> None:
    data = make_model_input(n_rows=200, event_categories=categories)
    result, expected = both(data, encoder, make_training())
    for loss in ("train_loss", "val_loss"):
        found, every_epoch = ([record[loss] for record in r.history] for r in (result, expected))
        assert found == pytest.approx(every_epoch, rel=1e-4)
    assert result.checkpoint.weights.keys() == expected.checkpoint.weights.keys()
    assert result.costs["parameters"] == expected.costs["parameters"]


def test_on_a_gpu_sequences_are_encoded_in_every_epoch() -> None:
    training = TrainingLoop(NUMBERS, make_config(NUMBERS, "random_convolution"), make_training())
    training._on_gpu = True
    assert training._encode_once(NUMBERS) == (training.model, NUMBERS)


def test_batches_of_a_fit_hold_encodings() -> None:
    training = TrainingLoop(NUMBERS, make_config(NUMBERS, "random_convolution"), make_training())
    (batch,) = next(iter(training._loader))
    assert batch.values.shape == (8, training.model.encoder.d_out)
    assert (batch.lengths == 1).all()


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
