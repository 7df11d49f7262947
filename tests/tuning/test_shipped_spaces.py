"""The spaces of the project's own configuration."""

import pytest

from sequence_learning.fits.configuration import Configuration, configure, nested
from sequence_learning.parameters import EncoderParameters, ModelParameters, TrainingParameters
from sequence_learning.tuning import TUNABLE
from sequence_learning.tuning.parameters import SearchSpaces, TuningParameters
from sequence_learning.tuning.plan import plan_searches
from sequence_learning.tuning.space import configured_values, corners, holds, space_of
from tests.builders import make_model_input, shipped_parameters
from tests.encoders.test_capacity import BAND, CONFIGURED, TRANSFORMING, trainable


def given(environment: str) -> tuple[SearchSpaces, dict[str, Configuration]]:
    parameters = shipped_parameters(environment)
    model = ModelParameters.model_validate(parameters["model"])
    training = TrainingParameters.model_validate(parameters["training"])
    blocks = parameters["encoders"] | parameters["baselines"]
    configured = configure({name: block for name, block in blocks.items() if name in TUNABLE}, model, training)
    return SearchSpaces.model_validate(parameters["search_spaces"]), configured


def test_every_model_can_be_searched() -> None:
    spaces, configured = given("base")
    tuning = TuningParameters.model_validate(shipped_parameters("base")["tuning"])
    plan = plan_searches(make_model_input(), tuning, spaces, configured)
    assert list(dict.fromkeys(search.model for search in plan)) == list(TUNABLE)
    assert len(plan) == len(TUNABLE) * tuning.searches
    assert len({search.key for search in plan}) == len(plan)
    assert not tuning.use


@pytest.mark.parametrize(
    "environment", ["smoke", "flights", "complete_journey", "known_truth", "rare_class", "one_model"]
)
def test_every_environment_configures_what_its_spaces_hold(environment: str) -> None:
    spaces, configured = given(environment)
    TuningParameters.model_validate(shipped_parameters(environment)["tuning"])
    for name, configuration in configured.items():
        space = space_of(spaces, name)
        for option, value in configured_values(configuration, space).items():
            assert holds(space[option], value), f"{name}: {option} = {value}"


SPACES = SearchSpaces.model_validate(shipped_parameters("base")["search_spaces"])


def sizes(encoder: str) -> list[int]:
    """Weights of the encoder at the corners of its space."""
    space = {name: dimension for name, dimension in space_of(SPACES, encoder).items() if name.startswith("encoder.")}
    changes = [nested(corner)["encoder"] for corner in corners(space)]
    configured = CONFIGURED[encoder].model_dump()
    return [trainable(EncoderParameters.model_validate(configured | change)) for change in changes]


@pytest.mark.parametrize("encoder", TRANSFORMING)
def test_no_encoder_can_win_by_its_size(encoder: str) -> None:
    assert sizes(encoder)
    assert all(BAND[0] <= size <= BAND[1] for size in sizes(encoder))


@pytest.mark.parametrize("encoder", sorted(set(CONFIGURED) - set(TRANSFORMING)))
def test_small_encoders_stay_small(encoder: str) -> None:
    assert max(sizes(encoder), default=0) < BAND[0] / 5
