import pytest
from pydantic import ValidationError

from sequence_learning.tuning.parameters import SearchSpaces, Space
from tests.tuning.small import make_tuning


def _space(dimension: dict[str, object]) -> Space:
    return Space.model_validate({"encoder": {"hidden_size": dimension}})


@pytest.mark.parametrize(
    ("dimension", "message"),
    [
        ({"kind": "int", "low": 8, "high": 8}, "low must be below high, got 8 and 8; exchange them"),
        ({"kind": "float", "low": 0, "high": 1, "log": True}, "positive on a log scale, got 0.0; raise it"),
        ({"kind": "int", "low": 8, "high": 20, "step": 8}, "steps must lead from low to high, got 8 to 20 by 8"),
        ({"kind": "int", "low": 8, "high": 24, "step": 8, "log": True}, "log scale takes no step, got 8"),
        ({"kind": "choice", "values": [1]}, "at least 2 items"),
        ({"kind": "normal", "low": 1, "high": 2}, "'float', 'int', 'choice'"),
        ({"kind": "int", "low": 1, "high": 2, "lgo": True}, "'lgo'; correct the name: .*log"),
    ],
)
def test_dimensions_that_say_nothing_sensible_are_refused(dimension: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        _space(dimension)


def test_dimensions_have_names_with_the_part_they_belong_to() -> None:
    half = {"kind": "float", "low": 0, "high": 0.5}
    space = Space.model_validate({"encoder": {"dropout": half}, "model": {"dropout": half}})
    assert list(space.dimensions) == ["encoder.dropout", "model.dropout"]


@pytest.mark.parametrize(
    ("models", "message"),
    [
        (["gruu"], "got gruu; use some of: .*gru"),
        (["predict_the_mean"], "must name encoders or LightGBM baselines, got predict_the_mean"),
        (["gru", "gru"], "must differ"),
    ],
)
def test_models_without_options_to_search_are_refused(models: list[str], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        make_tuning(models=models)


def test_spaces_of_unknown_models_are_refused() -> None:
    with pytest.raises(ValidationError, match=r"search_spaces.models must name .*got gruu"):
        SearchSpaces.model_validate({"models": {"gruu": {}}})
