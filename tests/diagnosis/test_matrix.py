from typing import Any

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from scipy import stats

from sequence_learning.diagnosis.matrix import as_metrics, bounds_without_order, half_width, judge, summarise
from sequence_learning.tasks.parameters import TaskParameters


def results(task: str, **attained: list[float | None]) -> pd.DataFrame:
    """A row per model and seed; scores are a hundredth of what is attained, or 0.005 where that is not known."""
    rows = [
        {
            "task": task,
            "model": model,
            "seed": seed,
            "metric": "r2",
            "score": 0.005 if value is None else value / 100,
            "best": 0.0 if value is None else 1.0,
            "attained": np.nan if value is None else value,
            "parameters": 10,
            "epochs": 2 + seed,
            "fit_seconds": 3.0,
        }
        for model, values in attained.items()
        for seed, value in enumerate(values)
    ]
    return pd.DataFrame(rows)


def verdict(task: str, **attained: list[float | None]) -> dict[str, Any]:
    (row,) = judge(results(task, **attained), {}).to_dict("records")
    return {str(name): value for name, value in row.items()}


def test_means_and_intervals_are_those_of_student() -> None:
    values = [90.0, 96.0, 93.0]
    (row,) = summarise(results("order_free", gru=values)).to_dict("records")
    low, high = stats.t.interval(0.95, df=2, loc=np.mean(values), scale=stats.sem(values))
    assert row["attained"] == pytest.approx(93.0)
    assert row["attained_interval"] == pytest.approx((high - low) / 2)
    assert row["score"] == pytest.approx(0.93)
    assert row["score_interval"] == pytest.approx((high - low) / 200)
    assert (row["metric"], row["best"], row["seeds"], row["parameters"]) == ("r2", 1.0, 3, 10)
    assert (row["epochs"], row["fit_seconds"]) == (3.0, 3.0)


@pytest.mark.parametrize("values", [[], [1.0]])
def test_fewer_than_two_values_have_no_interval(values: list[float]) -> None:
    assert np.isnan(half_width(pd.Series(values, dtype=float)))


def test_equal_values_have_an_interval_of_no_width() -> None:
    assert half_width(pd.Series([4.0, 4.0, 4.0])) == 0


def test_missing_values_make_an_interval_neither_wider_nor_narrower() -> None:
    some = pd.Series([90.0, np.nan, 96.0, 93.0, np.nan])
    assert half_width(some) == pytest.approx(half_width(some.dropna()))
    assert np.isnan(half_width(pd.Series([4.0, np.nan, np.nan])))


def test_metrics_leave_out_what_has_no_percentage() -> None:
    table = summarise(pd.concat([results("order_free", gru=[90.0, 92.0]), results("pure_noise", gru=[None])]))
    assert as_metrics(table) == {"order_free.gru": {"value": 91.0, "step": 0}}


def test_rows_stand_as_they_were_measured_with_the_part_that_theory_gives_them() -> None:
    both = pd.concat(
        [
            results("order_free", gru=[99.0], tabular_only=[1.0], statistical_aggregation=[98.0]),
            results("linear_recency", fixed_positional_weighting=[99.0], learned_decay=[9.0]),
        ]
    )
    assert summarise(both)[["task", "model", "role"]].to_numpy().tolist() == [
        ["order_free", "gru", ""],
        ["order_free", "tabular_only", "insufficient"],
        ["order_free", "statistical_aggregation", "simplest"],
        ["linear_recency", "fixed_positional_weighting", "simplest"],
        ["linear_recency", "learned_decay", ""],
    ]


def test_a_verdict_names_the_models_and_their_numbers() -> None:
    found = verdict(
        "order_free", gru=[99.0, 97.0], statistical_aggregation=[97.0], tabular_only=[1.0], learned_decay=[60.0]
    )
    expected = {
        "task": "order_free",
        "named": "statistical_aggregation",
        "named_attained": 97.0,
        "best": "gru",
        "best_attained": 98.0,
        "closest_insufficient": "learned_decay",
        "insufficient_attained": 60.0,
        "enough": True,
        "named_is_close": True,
        "insufficient_are_below": True,
    }
    assert {name: found[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("gru", "named", "insufficient", "expected"),
    [
        (95.0, 95.0, 10.0, (True, True, True)),
        (94.9, 94.9, 10.0, (False, True, True)),
        (97.0, 95.0, 10.0, (True, True, True)),
        (97.0, 94.9, 10.0, (True, False, True)),
        (97.0, 96.0, 92.0, (True, True, True)),
        (97.0, 96.0, 92.1, (True, True, False)),
        (90.0, 80.0, 89.0, (False, False, False)),
    ],
)
def test_verdicts_turn_at_their_thresholds(
    gru: float, named: float, insufficient: float, expected: tuple[bool, bool, bool]
) -> None:
    found = verdict("order_free", gru=[gru], statistical_aggregation=[named], tabular_only=[insufficient])
    assert (found["enough"], found["named_is_close"], found["insufficient_are_below"]) == expected


def test_a_named_model_that_was_not_measured_is_not_close() -> None:
    found = verdict("order_free", gru=[99.0], tabular_only=[0.0])
    assert not found["named_is_close"]
    assert np.isnan(found["named_attained"])


def test_without_models_that_cannot_do_a_task_none_is_too_near() -> None:
    found = verdict("tabular_only", gru=[99.0], tabular_only=[99.0])
    assert found["insufficient_are_below"]
    assert found["closest_insufficient"] is None


def test_the_gap_is_that_of_models_on_the_same_tables() -> None:
    """Tables differ by much from seed to seed, models on the same ones by little."""
    found = verdict("order_free", gru=[60.0, 80.0, 97.0], statistical_aggregation=[59.0, 78.5, 96.5])
    gaps = pd.Series([-1.0, -1.5, -0.5])
    assert found["named_gap"] == pytest.approx(-1)
    assert found["named_gap_interval"] == pytest.approx(half_width(gaps)) == pytest.approx(1.242, abs=1e-3)
    assert found["named_is_close"]


def test_only_seeds_that_both_models_have_count_for_the_gap() -> None:
    found = verdict("order_free", gru=[90.0, 99.0], statistical_aggregation=[89.0])
    assert found["named_gap"] == pytest.approx(-1)
    assert np.isnan(found["named_gap_interval"])


def test_the_best_has_no_distance_to_itself() -> None:
    found = verdict("order_free", gru=[90.0, 94.0], statistical_aggregation=[97.0, 99.0])
    assert (found["named"], found["named_gap"], found["named_gap_interval"]) == (found["best"], 0.0, 0.0)


def test_the_order_of_rows_does_not_matter() -> None:
    table = results("order_free", gru=[60.0, 80.0, 97.0], statistical_aggregation=[59.0, 78.5, 96.5])
    assert_frame_equal(judge(table, {}), judge(table.sample(frac=1, random_state=1), {}))


def test_what_is_possible_without_order_stands_beside_the_verdict() -> None:
    both = pd.concat([results("order_free", gru=[99.0]), results("linear_recency", gru=[9.0])])
    table = judge(both, {"linear_recency": 77.0})
    assert table["task"].tolist() == ["order_free", "linear_recency"]
    assert table["blind_to_order"].tolist() == pytest.approx([np.nan, 77.0], nan_ok=True)


def test_one_missing_percentage_does_not_make_a_task_one_of_nothing() -> None:
    """Of few test rows chance may leave nothing to attain."""
    found = verdict("order_free", gru=[99.0, None], statistical_aggregation=[97.0, None], tabular_only=[10.0, None])
    assert (found["best"], found["best_attained"]) == ("gru", 99.0)
    assert (found["named_attained"], found["named_gap"]) == (97.0, -2.0)
    assert (found["enough"], found["named_is_close"], found["insufficient_are_below"]) == (True, True, True)


def test_where_nothing_can_be_attained_scores_are_judged_in_percent() -> None:
    nothing = results("pure_noise", gru=[None, None], tabular_only=[None, None])
    table = summarise(nothing)
    assert table["attained"].isna().all()
    assert table["attained_interval"].isna().all()
    (row,) = judge(nothing, {}).to_dict("records")
    assert row["best_attained"] == pytest.approx(0.5)
    assert row["named"] is None
    assert (row["enough"], row["named_is_close"], row["insufficient_are_below"]) == (True, True, True)


@pytest.mark.parametrize(
    ("metric", "score", "honest"),
    [
        ("r2", 0.0099, True),
        ("r2", 0.011, False),
        ("r2", -0.3, True),
        ("auc", 0.5099, True),  # knowing nothing is one half there
        ("auc", 0.511, False),
        ("auc", 0.3, True),
    ],
)
def test_a_model_that_claims_to_explain_noise_is_found_out(metric: str, score: float, honest: bool) -> None:
    nothing = results("pure_noise", gru=[None], tabular_only=[None]).assign(score=[score, 0.0], metric=metric)
    found = judge(nothing, {}).iloc[0]
    assert bool(found["enough"]) == honest


def bounds(*tasks: tuple[str, dict[str, Any]]) -> dict[str, float]:
    few = {"num_samples": 2000}
    rows = [
        {"task": name, "task_options": TaskParameters.model_validate({"name": name} | few | options).model_dump_json()}
        for name, options in tasks
        for _ in range(2)
    ]
    return bounds_without_order(pd.DataFrame(rows))


def test_what_is_possible_without_order_follows_from_the_task_and_not_from_its_noise() -> None:
    """Without order a recency-weighted mean is no better known than by the plain mean; totals need none."""
    found = bounds(("linear_recency", {"noise": 0.2}), ("order_free", {"noise": 0.2}))
    assert list(found) == ["linear_recency", "order_free"]
    assert found["order_free"] == pytest.approx(100)
    # Weights 1..n instead of equal ones: (n + 1) n^2 / 4 over n (n + 1) (2n + 1) / 6, about 3/4 for long sequences.
    assert found["linear_recency"] == pytest.approx(77, abs=3)


@pytest.mark.parametrize(
    ("task", "options"),
    [("linear_recency", {"target": "binary"}), ("linear_recency", {"missing": 0.1}), ("pure_noise", {})],
)
def test_where_that_is_not_known_there_is_no_bound(task: str, options: dict[str, Any]) -> None:
    assert bounds((task, options)) == {}
