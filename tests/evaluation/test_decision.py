from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sequence_learning.evaluation.decision import Decision, decide
from sequence_learning.evaluation.parameters import DecisionParameters
from tests.evaluation.made_up import decided, tables

#: Cheapest first.
SCORES = {"tabular_only": 0.3, "statistical_aggregation": 0.8, "cnn": 0.89, "gru": 0.9}
LIMITS = {"latency": "latency_ms", "disk": "disk_kb", "memory": "memory_mb", "training": "training_seconds"}


def candidate(decision: Decision, encoder: str) -> Any:
    return decision.candidates.set_index("encoder").loc[encoder]


def test_the_cheapest_that_is_good_enough_is_chosen() -> None:
    decision = decided(SCORES)
    assert (decision.verdict, decision.chosen, decision.best) == ("cheapest", "cnn", "gru")
    assert decision.candidates["encoder"].tolist() == list(SCORES)
    assert decision.candidates["good_enough"].tolist() == [False, False, True, True]


def test_close_as_measured_is_not_close_enough_unless_it_is_shown() -> None:
    assert (decided(SCORES, error=0.01).verdict, decided(SCORES, error=0.01).chosen) == ("cheapest", "gru")
    assert (decided(SCORES, error=0.03).verdict, decided(SCORES, error=0.03).chosen) == ("best", "gru")


def test_it_is_not_enough_to_be_close_to_the_best_one() -> None:
    """The one that scored highest is not surely the best."""
    error = {frozenset(pair): 0.002 for pair in (("a", "b"), ("a", "c"), ("b", "c"))} | {frozenset(("a", "c")): 0.02}
    decision = decided({"a": 0.9, "b": 0.901, "c": 0.9}, error=error)
    assert decision.best == "b"
    assert candidate(decision, "a")["good_enough"] is np.False_
    assert decision.chosen == "b"


@pytest.mark.parametrize(("margin", "chosen"), [(0.005, "gru"), (0.02, "cnn"), (0.2, "statistical_aggregation")])
def test_the_margin_says_how_good_is_good_enough(margin: float, chosen: str) -> None:
    decision = decided(SCORES, margin=margin)
    assert (decision.verdict, decision.chosen) == ("cheapest", chosen)


def test_more_confidence_asks_for_more() -> None:
    assert decided(SCORES, error=0.005, confidence=0.8).chosen == "cnn"
    assert decided(SCORES, error=0.005, confidence=0.99).chosen == "gru"


def test_confidence_is_that_of_all_encoders_together() -> None:
    """A difference of 0 ± 0.011 is within 0.02 at p = 0.035: enough for one question, not for one of two."""
    pair = decided({"a": 0.9, "b": 0.9}, error=0.011)
    # The first has four fifths of the chance of error, the second what is left.
    assert pair.candidates["p"].tolist() == pytest.approx([0.0435, 0.0435], abs=1e-3)
    three = decided({"a": 0.9, "b": 0.9, "c": 0.9}, error=0.011)
    assert three.candidates["p"].min() == pytest.approx(0.035 * (1 + 1 / 4 + 1 / 9), abs=1e-3)


def test_whoever_leads_on_validation_rows_is_corrected_least() -> None:
    scores = {"a": 0.9, "b": 0.9, "c": 0.9, "d": 0.5}
    for leader in "abc":
        found = decided(scores, error=0.01, validation={leader: 0.95})
        p = found.candidates.set_index("encoder")["p"]
        assert p[leader] == p.min()
        assert p[leader] < 0.05 / 1.3


def test_clear_losers_on_validation_rows_cost_next_to_nothing() -> None:
    two = {"a": 0.9, "b": 0.9}
    losers = {f"loser_{k}": 0.1 for k in range(10)}
    assert decided(two, error=0.0095).chosen == decided(two | losers, error=0.0095).chosen == "a"


def test_a_score_that_is_not_defined_on_validation_rows_has_the_least_weight() -> None:
    scores = {"a": 0.9, "b": 0.9, "c": 0.9}
    for undefined in (float("nan"), float("-inf")):
        found = decided(
            scores,
            error={frozenset("ab"): 0.001, frozenset("ac"): 0.01, frozenset("bc"): 0.01},
            validation={"a": undefined},
        )
        assert candidate(found, "a")["p"] == found.candidates["p"].max()


def test_an_encoder_alone_is_chosen() -> None:
    decision = decided({"gru": 0.5})
    assert (decision.verdict, decision.chosen, decision.best) == ("cheapest", "gru", "gru")
    assert candidate(decision, "gru")[["p", "margin_needed", "behind"]].tolist() == [0, 0, 0]


def test_baselines_are_never_chosen_nor_compared_with() -> None:
    decision = decided(SCORES | {"lightgbm": 0.99}, baselines=("lightgbm",))
    assert (decision.chosen, decision.best) == ("cnn", "gru")
    assert "lightgbm" not in decision.candidates["encoder"].tolist()


def test_of_encoders_that_predict_the_same_the_cheaper_is_chosen() -> None:
    decision = decided({"a": 0.9, "b": 0.9}, error=0.0)
    assert (decision.verdict, decision.chosen) == ("cheapest", "a")
    assert decision.candidates["margin_needed"].tolist() == [0, 0]


def test_of_encoders_that_cost_the_same_the_better_is_chosen() -> None:
    decision = decided({"a": 0.9, "b": 0.901}, costs={"latency": [1.0, 1.0]})
    assert decision.chosen == "b"


@pytest.mark.parametrize(("tolerance", "chosen"), [(0, "a"), (0.04, "a"), (0.06, "b"), (0.2, "c")])
def test_of_encoders_that_cost_nearly_the_same_the_better_is_chosen(tolerance: float, chosen: str) -> None:
    costs = {"latency": [1.0, 1.05, 1.19]}
    scores = {"a": 0.9, "b": 0.902, "c": 0.904}
    decision = decided(scores, costs=costs, cost_tolerance=tolerance)
    assert (decision.verdict, decision.chosen, decision.cheapest("latency")) == ("cheapest", chosen, chosen)


def test_of_equal_scores_the_cheaper_is_the_best() -> None:
    decision = decided({"a": 0.9, "b": 0.9, "c": 0.9}, error=0.1)
    assert (decision.verdict, decision.chosen, decision.best) == ("best", "a", "a")


def test_without_a_gain_the_tabular_features_alone_are_chosen() -> None:
    decision = decided({"gru": 0.302, "tabular_only": 0.3})
    assert (decision.verdict, decision.chosen, decision.best) == ("tabular", "tabular_only", "gru")
    assert candidate(decision, "tabular_only")[["behind", "behind_low", "behind_high"]].tolist() == pytest.approx(
        [0.002, -0.002, 0.006]
    )


def test_a_gain_must_be_shown_for_all_encoders_together() -> None:
    gain = {"tabular_only": 0.3, "gru": 0.304}  # two standard errors: p 0.023
    assert decided(gain, margin=0.001).chosen == "gru"
    others = {f"encoder_{i}": 0.3 for i in range(3)}
    assert decided(gain | others, margin=0.001).verdict == "tabular"


def test_a_small_gain_leaves_the_tabular_features_good_enough() -> None:
    decision = decided({"tabular_only": 0.3, "gru": 0.31}, error=0.001)
    assert (decision.verdict, decision.chosen) == ("cheapest", "tabular_only")


@pytest.mark.parametrize("cost", LIMITS)
def test_any_cost_can_be_the_one_that_counts(cost: Any) -> None:
    decision = decided({"a": 0.9, "b": 0.9, "c": 0.5}, costs={cost: [7, 5, 1]}, cost=cost)
    assert decision.chosen == "b"
    assert decision.candidates["encoder"].tolist() == ["c", "b", "a"]
    others = [other for other in LIMITS if other != cost]
    assert [decision.cheapest(other) for other in others] == ["a"] * 3  # type: ignore[arg-type]


@pytest.mark.parametrize("cost", LIMITS)
def test_what_is_beyond_the_budget_is_not_considered(cost: str) -> None:
    costs = {cost: [1.0, 2, 2.5, 3]}
    decision = decided(SCORES, costs=costs, budget={LIMITS[cost]: 2.0})
    assert (decision.verdict, decision.chosen, decision.best) == (
        "cheapest",
        "statistical_aggregation",
        "statistical_aggregation",
    )
    assert decision.candidates["within_budget"].tolist() == [True, True, False, False]
    beyond = decision.candidates.iloc[2:]
    assert not beyond["good_enough"].any()
    assert beyond[["p", "margin_needed"]].isna().all(axis=None)
    assert beyond["behind"].tolist() == pytest.approx([-0.09, -0.1])


def test_a_gain_beyond_the_budget_does_not_count() -> None:
    decision = decided({"tabular_only": 0.3, "cnn": 0.301, "gru": 0.9}, budget={"latency_ms": 2})
    assert (decision.verdict, decision.chosen, decision.best) == ("tabular", "tabular_only", "cnn")


def test_nothing_is_chosen_where_nothing_fits_the_budget() -> None:
    decision = decided(SCORES, budget={"latency_ms": 2, "disk_kb": 5})
    assert (decision.verdict, decision.chosen, decision.best) == ("over_budget", None, "gru")
    assert not decision.candidates["good_enough"].any()


def test_what_was_not_measured_comes_last_and_breaks_a_limit() -> None:
    costs = {"latency": [np.nan, 2, 3]}
    scores = {"a": 0.9, "b": 0.9, "c": 0.9}
    assert decided(scores, costs=costs).candidates["encoder"].tolist() == ["b", "c", "a"]
    assert decided(scores, costs=costs).chosen == "b"
    within = decided(scores, costs=costs, cost="disk", budget={"latency_ms": 9}).candidates["within_budget"]
    assert within.tolist() == [False, True, True]


def test_an_encoder_without_a_row_of_costs_has_none() -> None:
    scores, differences, costs = tables({"a": 0.9, "b": 0.9})
    decision = decide(scores, differences, costs[costs["encoder"] != "a"], (), DecisionParameters())
    assert decision.chosen == "b"


def test_latency_is_that_of_the_smallest_batch() -> None:
    scores, differences, costs = tables({"a": 0.9, "b": 0.9})
    costs = costs.drop(columns="latency_ms_batch_1")
    costs = costs.assign(latency_ms_batch_256=[1.0, 2], latency_ms_batch_32=[4.0, 3], latency_ms_batch_32_onnx=0.0)
    decision = decide(scores, differences, costs, (), DecisionParameters())
    assert (decision.chosen, decision.of("b", "latency")) == ("b", 3)


def test_no_encoder_is_refused() -> None:
    with pytest.raises(ValueError, match="needs at least one encoder, got none; train one"):
        decided({"lightgbm": 0.9}, baselines=("lightgbm",))


def test_a_score_that_is_not_defined_is_refused() -> None:
    with pytest.raises(ValueError, match="that of gru is not defined on the test rows; test rows with different"):
        decided({"a": 0.9, "gru": np.nan})


@pytest.mark.parametrize(
    ("parameters", "name"),
    [({}, r"decision\.cost"), ({"cost": "disk", "budget": {"latency_ms": 3}}, r"decision\.budget\.latency_ms")],
)
def test_a_cost_that_counts_but_was_not_measured_is_refused(parameters: dict[str, Any], name: str) -> None:
    costs = {"latency": [np.nan, np.nan]}
    with pytest.raises(ValueError, match=rf"{name} .* latency was measured of no encoder; use some of: disk, memory"):
        decided({"a": 0.9, "b": 0.8}, costs=costs, **parameters)


@st.composite
def comparisons(draw: Any) -> dict[str, Any]:
    """Up to six encoders with scores near each other, and a standard error for each pair."""
    names = [f"encoder_{i}" for i in range(draw(st.integers(2, 6)))]
    scores = {name: draw(st.floats(0.8, 0.9)) for name in names}
    error = {frozenset((a, b)): draw(st.sampled_from([0.0, 0.001, 0.005, 0.02])) for a in names for b in names if a < b}
    return {"scores": scores, "error": error}


margins = st.floats(1e-4, 0.3)


@given(comparisons(), margins, margins)
def test_a_wider_margin_never_chooses_a_dearer_encoder(made_up: dict[str, Any], one: float, other: float) -> None:
    narrow, wide = (decided(**made_up, margin=margin) for margin in sorted((one, other)))
    assert (narrow.candidates["good_enough"] <= wide.candidates["good_enough"]).all()
    if narrow.verdict == "cheapest":
        assert wide.verdict == "cheapest"
        dearest = narrow.of(str(narrow.chosen), "latency") * (1 + wide.parameters.cost_tolerance)
        assert wide.of(str(wide.chosen), "latency") <= dearest


@given(comparisons())
def test_an_encoder_becomes_good_enough_at_exactly_the_margin_it_needs(made_up: dict[str, Any]) -> None:
    """After Holm's correction for all encoders."""
    needed = decided(**made_up).candidates.set_index("encoder")["margin_needed"]
    assert (needed >= 0).all()
    for encoder, margin in needed.items():
        assert candidate(decided(**made_up, margin=margin + 1e-6), str(encoder))["good_enough"]
        if margin > 1e-5:
            assert not candidate(decided(**made_up, margin=margin - 1e-6), str(encoder))["good_enough"]


@given(comparisons())
def test_the_order_of_the_tables_does_not_matter(
    made_up: dict[str, Any],
) -> None:
    scores, differences, costs = tables(**made_up)
    found = decide(scores, differences, costs, (), DecisionParameters())
    shuffled = [table.sample(frac=1, random_state=0) for table in (scores, differences, costs)]
    again = decide(*shuffled, (), DecisionParameters())
    assert (found.verdict, found.chosen) == (again.verdict, again.chosen)
    pd.testing.assert_frame_equal(found.candidates, again.candidates)


def test_the_needed_margin_is_where_the_choice_turns() -> None:
    needed = decided(SCORES).of("statistical_aggregation", "margin_needed")
    assert 0.1 < needed < 0.11
    assert decided(SCORES, margin=needed - 1e-6).chosen == "cnn"
    assert decided(SCORES, margin=needed + 1e-6).chosen == "statistical_aggregation"
