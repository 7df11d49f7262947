from typing import Any

import pytest

from sequence_learning.evaluation.decision import decide
from sequence_learning.evaluation.decision_words import Words, against_baselines, in_words
from sequence_learning.evaluation.labels import shown
from sequence_learning.evaluation.parameters import DecisionParameters
from tests.evaluation.made_up import decided, tables

#: Cheapest first: 1, 2, 3, 4 ms.
SCORES = {"tabular_only": 0.3, "statistical_aggregation": 0.8, "cnn": 0.89, "gru": 0.9}
MORE_DATA = "More test rows or seeds: smaller differences could be shown."


def words(scores: dict[str, float] = SCORES, metric: str = "r2", **rest: Any) -> Words:
    return in_words(decided(scores, **rest), metric)


def test_the_cheapest_good_enough_is_held_against_the_best() -> None:
    assert words() == Words(
        "Use cnn: R² 0.890 (95% interval 0.880 to 0.900).",
        "It is within 0.02 R² of the best, gru (0.900), with 95% confidence, and 1.3 times faster (3 ms against 4 ms).",
        [
            "A margin of 0.104 R² or more: then statistical aggregation (0.800) would be good enough, and is faster.",
            "A margin below 0.013 R²: then cnn is not shown to be good enough.",
        ],
    )


def test_the_best_may_itself_be_the_cheapest_that_is_good_enough() -> None:
    assert words(error=0.01) == Words(
        "Use gru: R² 0.900 (95% interval 0.890 to 0.910).",
        "It scores highest, and none that is clearly faster is shown to be within 0.02 R² of all others with 95% "
        "confidence.",
        ["A margin of 0.029 R² or more: then cnn (0.890) would be good enough, and is faster."],
    )


def test_the_best_and_cheapest_of_all_leaves_nothing_to_say() -> None:
    found = words({"gru": 0.9, "cnn": 0.8})
    assert (found.reason, found.would_change) == ("It scores highest, and no other is clearly faster.", [])


def test_the_best_as_measured_is_not_said_to_be_good_enough() -> None:
    assert words({"cnn": 0.89, "gru": 0.9}, error=0.03, confidence=0.9, metric="auc") == Words(
        "Use gru: AUC 0.900 (90% interval 0.890 to 0.910).",
        "It scores highest, but with 90% confidence no encoder is shown to be within 0.02 AUC of all others.",
        ["A margin of 0.049 AUC or more: then cnn (0.890) would be good enough, and is faster.", MORE_DATA],
    )


def test_the_tabular_features_alone_are_held_against_the_best_encoder() -> None:
    assert words({"tabular_only": 0.3, "gru": 0.302}, metric="accuracy") == Words(
        "Use tabular only: accuracy 0.300 (95% interval 0.290 to 0.310).",
        "No encoder is shown to be better than the tabular features alone: taken by itself, the highest score, of gru "
        "(0.302), lies between 0.002 below and 0.006 above theirs in accuracy with 95% confidence.",
        [MORE_DATA],
    )


def test_the_tabular_features_alone_may_score_highest() -> None:
    found = words({"tabular_only": 0.3, "gru": 0.29})
    assert (found.reason, found.would_change) == ("The tabular features alone score highest.", [MORE_DATA])


@pytest.mark.parametrize("encoder", ["gru", "tabular_only"])
def test_an_encoder_alone_is_compared_with_nothing(encoder: str) -> None:
    found = words({encoder: 0.9})
    assert (found.reason, found.would_change) == ("It is the only encoder that was trained.", [])


def test_a_budget_that_nothing_fits_is_held_against_the_least() -> None:
    assert words(budget={"latency_ms": 0.5, "disk_kb": 5}) == Words(
        "No encoder fits the budget.",
        "The budget asks for prediction time at most 0.5 ms (the least is 1 ms), "
        "size on disk at most 5 kB (the least is 10 kB).",
        ["A larger budget (decision.budget)."],
    )


def test_what_is_beyond_the_budget_is_told_apart() -> None:
    assert words(budget={"latency_ms": 3}) == Words(
        "Use cnn: R² 0.890 (95% interval 0.880 to 0.900).",
        "It scores highest within the budget, and none that is clearly faster is shown to be within 0.02 R² of all "
        "others with 95% confidence.",
        [
            "A margin of 0.094 R² or more: then statistical aggregation (0.800) would be good enough, and is faster.",
            "A larger budget (decision.budget): gru (0.900) scores higher, but is not within it.",
        ],
    )


def test_a_gain_beyond_the_budget_is_not_denied() -> None:
    found = words({"tabular_only": 0.3, "cnn": 0.302, "gru": 0.9}, budget={"latency_ms": 2})
    assert found.reason.startswith("No encoder within the budget is shown to be better than the tabular features alone")
    assert "of cnn (0.302), lies" in found.reason
    assert found.would_change == [
        "A larger budget (decision.budget): gru (0.900) scores higher, but is not within it.",
        MORE_DATA,
    ]


def test_the_only_one_within_the_budget_is_said_to_be_that() -> None:
    assert words(budget={"latency_ms": 1}).reason == "It is the only encoder that fits the budget."


def test_other_costs_are_named_where_they_would_choose_otherwise() -> None:
    costs = {"disk": [1234, 200], "memory": [20, 5], "training": [30, 300]}
    assert words({"a": 0.9, "b": 0.9}, costs=costs).would_change == [
        "If size on disk counted instead (decision.cost: disk): b.",
        "If memory counted instead (decision.cost: memory): b.",
    ]


@pytest.mark.parametrize(
    ("cost", "advantage"),
    [
        ("disk", "8.0 times smaller on disk (154 kB against 1,234 kB)"),
        ("memory", "2.0 times leaner in memory (5.25 MB against 10.5 MB)"),
        ("training", "slightly quicker to train (30.5 s against 30.6 s)"),
    ],
)
def test_every_cost_has_its_words(cost: str, advantage: str) -> None:
    costs = {"disk": [154.2, 1234.4], "memory": [5.25, 10.5], "training": [30.5, 30.6]}
    found = words({"a": 0.899, "b": 0.9}, costs=costs, cost=cost, cost_tolerance=0)
    assert found.reason.endswith(f", and {advantage}.")


def test_without_a_tolerance_every_difference_in_cost_counts() -> None:
    assert words({"gru": 0.9, "cnn": 0.8}, cost_tolerance=0).reason == "It scores highest, and no other is faster."


def test_one_seed_is_said_to_be_one() -> None:
    caveat = "More seeds (training.seeds): with one, what another seed would change is not known."
    assert words(seeds=1).would_change[-1] == caveat
    assert caveat not in words(seeds=2).would_change


def test_few_seeds_or_units_are_said_to_make_intervals_too_narrow() -> None:
    for seeds, units in ((2, 1000), (4, 10)):
        (caveat,) = (text for text in words(seeds=seeds, units=units).would_change if "too narrow" in text)
        assert f"with {seeds} seeds and {units} independent units" in caveat
    assert not any("too narrow" in text for text in words(seeds=3, units=20).would_change)


@pytest.mark.parametrize(
    ("trees", "said"),
    [
        (0.95, "Trees does better (0.950), by 0.046 to 0.054, and should be considered first."),
        (0.85, "Trees, the best model that is no encoder, does worse (0.850), by 0.046 to 0.054."),
        (0.901, "No difference from trees (0.901) could be shown: it is between 0.003 below and 0.005 above gru."),
    ],
)
def test_the_choice_is_held_against_the_best_baseline(trees: float, said: str) -> None:
    scores, differences, costs = tables({"gru": 0.9, "mean": 0.0, "trees": trees})
    decision = decide(scores, differences, costs, ["mean", "trees"], DecisionParameters())
    assert against_baselines(decision, differences, scores[scores["encoder"] != "gru"]) == said


BEST = "encoder that scores highest, gru (0.900),"


@pytest.mark.parametrize(
    ("trees", "of_the_choice", "of_the_best"),
    [
        (0.85, "does worse (0.850), by 0.036 to 0.044.", ""),
        (0.888, "between 0.006 below and 0.002 above cnn.", f" The {BEST} does better than it, by 0.008 to 0.016."),
        (
            0.902,
            "should be considered first.",
            f" From the {BEST} no difference could be shown: it is between 0.002 below and 0.006 above.",
        ),
        (0.92, "should be considered first.", f" It does better than the {BEST} too, by 0.016 to 0.024."),
    ],
)
def test_where_the_choice_is_not_better_the_best_encoder_is_held_against_it_too(
    trees: float, of_the_choice: str, of_the_best: str
) -> None:
    scores, differences, costs = tables({"cnn": 0.89, "gru": 0.9, "trees": trees})
    decision = decide(scores, differences, costs, ["trees"], DecisionParameters())
    assert (decision.chosen, decision.best) == ("cnn", "gru")
    said = against_baselines(decision, differences, scores[scores["encoder"] == "trees"])
    assert said.endswith(of_the_choice + of_the_best)


def test_without_baselines_there_is_nothing_to_hold_against() -> None:
    scores, differences, costs = tables({"gru": 0.9, "lstm": 0.8})
    decision = decide(scores, differences, costs, [], DecisionParameters())
    assert against_baselines(decision, differences, scores[:0]) == ""


def test_a_choice_that_is_dearer_than_the_best_is_not_praised_for_its_cost() -> None:
    """The one that scored highest is cheap, but too uncertain beside a third to be shown good enough."""
    error = {frozenset("bc"): 0.03, frozenset("bd"): 0.003, frozenset("cd"): 0.003}
    found = words({"b": 0.9, "c": 0.898, "d": 0.899}, error=error)
    assert found.headline.startswith("Use d:")
    assert found.reason == "It is within 0.02 R² of the best, b (0.900), with 95% confidence."


def test_margins_are_rounded_to_the_side_on_which_they_are_true() -> None:
    decision = decided(SCORES)
    wider, narrower = (float(change.split()[3]) for change in in_words(decision, "r2").would_change)
    assert wider >= decision.of("statistical_aggregation", "margin_needed")
    assert narrower <= decision.of("cnn", "margin_needed")
    assert decided(SCORES, margin=wider).chosen == "statistical_aggregation"
    assert decided(SCORES, margin=narrower - 1e-9).chosen == "gru"


def test_names_are_shown_as_people_read_them() -> None:
    assert shown("learned_weighted_average") == "learned weighted average"
