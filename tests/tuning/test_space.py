import warnings
from typing import Any

import optuna
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sequence_learning.tuning.errors import TuningError
from sequence_learning.tuning.parameters import Choice, FloatRange, IntRange, SearchSpaces, Space
from sequence_learning.tuning.plan import plan_searches
from sequence_learning.tuning.space import corners, decode, distributions, encode, holds, space_of
from tests.builders import make_model_input
from tests.tuning.small import SPACES, configured, make_tuning

WHOLE = {"kind": "int", "low": 1, "high": 9}


def plan(model: str, space: dict[str, Any], encoders: dict[str, Any] | None = None) -> None:
    spaces = SearchSpaces(models={model: Space.model_validate(space)})
    plan_searches(make_model_input(), make_tuning(models=[model]), spaces, configured(encoders))


@pytest.mark.parametrize(
    ("model", "space", "message"),
    [
        ("gru", {"encoder": {"hiden_size": WHOLE}}, r"got encoder.hiden_size of gru; .*hidden_size"),
        ("gru", {"training": {"seeds": WHOLE}}, r"options that can be searched, got training.seeds of gru; .*patience"),
        ("gru", {"baseline": {"num_leaves": WHOLE}}, r"parts of its model, got baseline.num_leaves of gru; .*encoder"),
        ("lightgbm_tabular", {"training": {"learning_rate": WHOLE}}, "got training.learning_rate .*baseline"),
        (
            "gru",
            {"encoder": {"hidden_size": {"kind": "int", "low": 0, "high": 16, "step": 8}}},
            r"gru refuses encoder.hidden_size = 0: (.|\n)*greater than or equal to 1(.|\n)*narrow search_spaces",
        ),
        (
            "gru",
            {"encoder": {"read_out": {"kind": "choice", "values": ["last", "first"]}}},
            r"gru refuses encoder.read_out = 'first'",
        ),
        (
            "gru",
            {"encoder": {"hidden_size": {"kind": "int", "low": 16, "high": 32, "step": 8}}},
            r"gru has encoder.hidden_size = 8, which is not in its space \(16 to 32 by 8\); widen",
        ),
        (
            "statistical_aggregation",
            {"encoder": {"statistics": {"kind": "choice", "values": [["max"], ["sum"]]}}},
            r"has encoder.statistics = \['mean'\], which is not in its space \(one of \[\"max\"\], \[\"sum\"\]\)",
        ),
        ("lightgbm_tabular", {"baseline": {"feature_fraction": {"kind": "float", "low": 0.1, "high": 2}}}, "refuses"),
        ("gru", {}, "needs options to search, got none of gru"),
    ],
)
def test_what_fits_neither_model_nor_configuration_is_refused(model: str, space: dict[str, Any], message: str) -> None:
    with pytest.raises(TuningError, match=message):
        plan(model, space)


def test_ends_that_do_not_fit_each_other_are_refused() -> None:
    space = {
        "encoder": {
            "d_model": {"kind": "choice", "values": [8, 12]},
            "n_heads": {"kind": "choice", "values": [2, 4]},
        }
    }
    with pytest.raises(
        TuningError, match=r"refuses encoder.d_model = 12, encoder.n_heads = 4: (.|\n)*multiple of twice"
    ):
        plan("transformer", space, {"transformer": {"name": "transformer", "d_model": 8, "n_heads": 2}})


def test_a_model_for_other_data_is_refused() -> None:
    space = {"encoder": {"unit": {"kind": "choice", "values": ["steps", "time"]}}}
    with pytest.raises(TuningError, match=r"fixed_positional_weighting refuses encoder.unit = 'time'"):
        plan(
            "fixed_positional_weighting", space, {"fixed_positional_weighting": {"name": "fixed_positional_weighting"}}
        )


def test_models_that_are_not_configured_are_refused() -> None:
    with pytest.raises(TuningError, match=r"must be configured, got cnn; .*gru"):
        plan("cnn", {"encoder": {"channels": WHOLE}})


def test_a_models_own_dimension_stands_before_the_shared_one() -> None:
    spaces = SearchSpaces.model_validate(
        {
            "encoders": {"model": {"dropout": {"kind": "float", "low": 0, "high": 0.3}}},
            "models": {"gru": {"model": {"dropout": {"kind": "float", "low": 0, "high": 0.1}}}},
        }
    )
    assert space_of(spaces, "gru")["model.dropout"].high == 0.1  # type: ignore[union-attr]
    assert space_of(spaces, "lstm")["model.dropout"].high == 0.3  # type: ignore[union-attr]
    assert space_of(spaces, "lightgbm_tabular") == {}


def test_corners_are_those_of_each_part() -> None:
    space = space_of(SPACES, "gru")
    assert len(corners(space)) == 2 + 4
    assert {"encoder.hidden_size": 4, "encoder.read_out": "mean"} in corners(space)


numbers = st.one_of(
    st.tuples(st.integers(-50, 50), st.integers(1, 9), st.integers(1, 9)).map(
        lambda t: IntRange(kind="int", low=t[0], high=t[0] + t[1] * t[2], step=t[1])
    ),
    st.tuples(st.floats(1e-6, 1e3), st.floats(1.1, 1e3), st.booleans()).map(
        lambda t: FloatRange(kind="float", low=t[0], high=t[0] * t[1], log=t[2])
    ),
)
choices = st.lists(
    st.one_of(st.integers(), st.text(max_size=5), st.booleans(), st.none(), st.lists(st.sampled_from("abc"))),
    min_size=2,
    max_size=5,
    unique_by=repr,
).map(lambda values: Choice(kind="choice", values=tuple(values)))


@given(st.one_of(numbers, choices), st.integers(0, 5))
def test_what_is_drawn_is_held_and_comes_back_as_it_was(dimension: Any, seed: int) -> None:
    space = {"encoder.option": dimension}
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # Optuna warns of values that it cannot keep
        study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed))
        value = decode(space, study.ask(distributions(space)).params)["encoder.option"]
        assert holds(dimension, value)
        study.enqueue_trial(encode(space, {"encoder.option": value}))
        assert decode(space, study.ask(distributions(space)).params) == {"encoder.option": value}


def test_values_beside_the_grid_and_of_other_kinds_are_not_held() -> None:
    grid = IntRange(kind="int", low=4, high=12, step=4)
    assert [value for value in range(20) if holds(grid, value)] == [4, 8, 12]
    assert not holds(grid, 8.0)
    assert not holds(IntRange(kind="int", low=0, high=2), True)
    assert holds(FloatRange(kind="float", low=0, high=2), 1)
