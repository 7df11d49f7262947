"""Encoders, and the alternatives they were chosen among, are compared at a like capacity."""

from pathlib import Path

import pytest

from sequence_learning.encoders import ENCODERS
from sequence_learning.evaluation.ablation import Variation, plan_variations
from sequence_learning.model import SequenceModel
from sequence_learning.parameters import AblationParameters, EncoderParameters, ModelParameters
from sequence_learning.spec import InputSpec
from tests.builders import make_model_input, make_training, shipped_parameters

#: Those whose weights transform every step. The others have a weight per position, per channel or per scorer, or none.
TRANSFORMING = ("cnn", "lstm", "gru", "state_space", "transformer")
#: Stated in conf/base/parameters_encoders.yml and in the README.
BAND = (15_000, 30_000)
#: The default data: six channels with their flags for missing readings, and a category with four codes.
SPEC = InputSpec(n_channels=12, event_categories=(4,), n_numeric=10, categories=(5,), n_outputs=1)

PARAMETERS = shipped_parameters("base")
CONFIGURED = {name: EncoderParameters.model_validate(block) for name, block in PARAMETERS["encoders"].items()}


def trainable(encoder: EncoderParameters) -> int:
    return sum(weight.numel() for weight in SequenceModel(SPEC, encoder).encoder.parameters())


def alternatives() -> list[Variation]:
    """Every planned change to an encoder that transforms its steps."""
    ablations = AblationParameters.model_validate(PARAMETERS["ablations"])
    model = ModelParameters.model_validate(PARAMETERS["model"])
    plan = plan_variations(make_model_input(), ablations, CONFIGURED, model, make_training())
    return [v for v in plan if v.encoder.name in TRANSFORMING]


@pytest.mark.parametrize("encoder", TRANSFORMING)
def test_encoders_that_transform_every_step_have_about_as_many_weights(encoder: str) -> None:
    assert BAND[0] <= trainable(CONFIGURED[encoder]) <= BAND[1]


def test_so_do_their_planned_alternatives() -> None:
    sizes = {f"{v.group}: {v.encoder.name} {v.change}": trainable(v.encoder) for v in alternatives()}
    assert len(sizes) > 20
    assert {name: size for name, size in sizes.items() if not BAND[0] <= size <= BAND[1]} == {}


@pytest.mark.parametrize("encoder", sorted(set(ENCODERS) - set(TRANSFORMING)))
def test_the_others_have_few(encoder: str) -> None:
    assert trainable(CONFIGURED[encoder]) < BAND[0] / 5


@pytest.mark.parametrize("file", ["conf/base/parameters_encoders.yml", "README.md"])
def test_the_band_is_the_one_that_is_stated(file: str) -> None:
    assert f"{BAND[0]:,} to {BAND[1]:,}" in (Path(__file__).parents[2] / file).read_text()
