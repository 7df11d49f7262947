import pytest
import torch
from pydantic import ValidationError

from sequence_learning.dataloaders import TabularSequenceDataset
from sequence_learning.encoders import ENCODERS
from sequence_learning.training.checkpoint import CheckpointConfig
from tests.builders import make_checkpoint, make_config, make_model_input

DATA = make_model_input()


@pytest.mark.parametrize("encoder", ENCODERS)
def test_a_loaded_model_has_the_weights_of_the_checkpoint(encoder: str) -> None:
    checkpoint = make_checkpoint(DATA, encoder)
    model = checkpoint.load_model()
    weights = {name: tensor.numpy() for name, tensor in model.state_dict().items()}
    assert weights.keys() == checkpoint.weights.keys()
    assert all((weights[name] == checkpoint.weights[name]).all() for name in weights)


def test_a_loaded_model_is_in_evaluation_mode_and_repeats_itself() -> None:
    batch = TabularSequenceDataset(DATA).__getitems__([0, 1, 2])
    checkpoint = make_checkpoint(DATA, "transformer")
    first, second = checkpoint.load_model(), checkpoint.load_model()
    assert not first.training
    assert torch.equal(first(batch), second(batch))
    assert torch.equal(first(batch), second(batch))


def test_a_configuration_builds_its_own_encoder_with_its_options() -> None:
    config = make_config(DATA, "lstm")
    assert type(config.build_model().encoder).__name__ == "Lstm"
    assert config.build_model().encoder.d_out == 8


def test_a_configuration_survives_json() -> None:
    config = make_config(DATA, "transformer", seed=7)
    again = CheckpointConfig.model_validate_json(config.model_dump_json())
    assert again == config
    assert again.encoder.options == config.encoder.options


def test_weights_of_another_shape_are_refused() -> None:
    wrong = make_checkpoint(make_model_input(n_channels=5), "gru")
    checkpoint = type(wrong)(make_config(DATA, "gru"), wrong.weights)
    with pytest.raises(RuntimeError, match="size mismatch for encoder"):
        checkpoint.load_model()


def test_a_configuration_with_unknown_keys_is_refused() -> None:
    with pytest.raises(ValidationError, match=r"epoch\n.*Extra inputs are not permitted"):
        CheckpointConfig.model_validate(make_config(DATA).model_dump() | {"epoch": 3})
