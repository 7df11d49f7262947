"""The configured encoders are compared at a like capacity."""

from pathlib import Path

import pytest
import yaml

from sequence_learning.encoders import ENCODERS
from sequence_learning.parameters import EncoderParameters, ModelParameters
from sequence_learning.spec import InputSpec

CONF = Path(__file__).parents[2] / "conf" / "base" / "parameters_encoders.yml"
BLOCKS = yaml.safe_load(CONF.read_text())["encoders"]

#: Those whose weights transform every step. The others have a weight per position, per channel or per scorer, or none.
TRANSFORMING = ("cnn", "lstm", "gru", "state_space", "transformer")
#: Stated in conf/base/parameters_encoders.yml and in the README.
BAND = (15_000, 30_000)
#: The default data: six channels with their flags for missing readings, and a category with four codes.
SPEC = InputSpec(n_channels=12, event_categories=(4,), n_numeric=10, categories=(5,), n_outputs=1)


def trainable(encoder: str) -> int:
    from sequence_learning.model import SequenceModel

    model = SequenceModel(SPEC, EncoderParameters.model_validate(BLOCKS[encoder]), ModelParameters())
    return sum(weight.numel() for weight in model.encoder.parameters())


@pytest.mark.parametrize("encoder", TRANSFORMING)
def test_encoders_that_transform_every_step_have_about_as_many_weights(encoder: str) -> None:
    assert BAND[0] <= trainable(encoder) <= BAND[1]


@pytest.mark.parametrize("encoder", sorted(set(ENCODERS) - set(TRANSFORMING)))
def test_the_others_have_few(encoder: str) -> None:
    assert trainable(encoder) < BAND[0] / 5


def test_the_band_is_the_one_that_is_stated() -> None:
    assert f"{BAND[0]:,} to {BAND[1]:,}" in CONF.read_text()
