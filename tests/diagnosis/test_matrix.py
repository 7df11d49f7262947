import numpy as np
import pandas as pd
import pytest
from scipy import stats

from sequence_learning.diagnosis.matrix import half_width, judge, summarise


def results(task: str, **attained: list[float | None]) -> pd.DataFrame:
    """A row per model and seed; scores are a hundredth of what is attained, or 0.005 where nothing can be."""
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


def verdict(task: str, **attained: list[float | None]) -> dict[str, object]:
    (row,) = judge(summarise(results(task, **attained))).to_dict("records")
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


def test_where_nothing_can_be_attained_scores_are_judged_in_percent() -> None:
    table = summarise(results("pure_noise", gru=[None, None], tabular_only=[None, None]))
    assert table["attained"].isna().all()
    assert table["attained_interval"].isna().all()
    (row,) = judge(table).to_dict("records")
    assert row["best_attained"] == pytest.approx(0.5)
    assert row["named"] is None
    assert (row["enough"], row["named_is_close"], row["insufficient_are_below"]) == (True, True, True)


@pytest.mark.parametrize(("score", "honest"), [(0.0099, True), (0.011, False), (-0.3, True)])
def test_a_model_that_claims_to_explain_noise_is_found_out(score: float, honest: bool) -> None:
    table = summarise(results("pure_noise", gru=[None], tabular_only=[None]).assign(score=[score, -0.5]))
    assert bool(judge(table)["enough"].iloc[0]) == honest
