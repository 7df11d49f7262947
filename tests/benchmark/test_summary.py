import math

import pytest

from sequence_learning.benchmark.goals import goal_of, is_pooling, mixed_speed_up_goal, pace, speed_up_goal
from sequence_learning.benchmark.summary import COLUMNS, summarise, summarise_pool
from sequence_learning.encoders import ENCODERS

from .small import make_pool, make_rounds


def test_poolings_are_the_encoders_that_leave_steps_as_they_are() -> None:
    transform = {"random_convolution", "cnn", "lstm", "gru", "state_space", "transformer"}
    assert {name for name in ENCODERS if not is_pooling(name)} == transform
    assert (goal_of("learned_decay", "fixed_length"), goal_of("gru", "fixed_length")) == (0.8, 0.9)
    assert goal_of("learned_decay", "variable_length") == 4
    assert math.isnan(goal_of("gru", "bf16"))
    assert (speed_up_goal(2), mixed_speed_up_goal(2)) == (1.9, 2.5)


def test_ratios_are_medians_over_rounds_of_what_was_measured_in_the_same_round() -> None:
    table = summarise(make_rounds())
    assert list(table.columns) == COLUMNS
    rows = table.set_index(["case", "encoder"])
    gru = rows.loc["fixed_length", "gru"]
    assert (gru["ours"], gru["reference"]) == (85, 100)
    assert (gru["ratio"], gru["lowest"], gru["highest"]) == pytest.approx((0.85, 0.8, 1.1))
    assert gru["with_validation"] == pytest.approx(0.425)
    assert (gru["goal"], gru["verdict"]) == (0.9, "missed")
    assert rows.loc[("fixed_length", "statistical_aggregation"), ["ratio", "verdict"]].tolist() == [0.85, "met"]
    assert rows.loc[("variable_length", "gru"), ["ratio", "verdict"]].tolist() == [4.1, "met"]


def test_a_goal_that_a_plain_loop_without_sequences_would_miss_is_out_of_reach() -> None:
    rows = summarise(make_rounds()).set_index(["case", "encoder"])
    limit = rows.loc[("no_sequences", "statistical_aggregation")]
    assert limit[["ours", "reference", "ratio", "lowest", "highest", "verdict"]].tolist() == [
        350,
        100,
        3.5,
        3.4,
        3.9,
        "",
    ]
    assert rows.loc[("variable_length", "statistical_aggregation"), "verdict"] == "beyond"
    slow = make_rounds()
    slow.loc[(slow["encoder"] == "gru") & (slow["side"] == "fit"), "rows_per_second"] = 390
    missed = summarise(slow).set_index(["case", "encoder"]).loc[("variable_length", "gru"), "verdict"]
    assert missed == "missed"  # nine times would be possible


def test_bf16_is_beside_32_bits_and_memory_is_the_most_of_all_rounds() -> None:
    rows = summarise(make_rounds()).set_index(["case", "encoder"])
    assert rows.loc[("bf16", "gru"), ["ratio", "lowest", "highest", "verdict"]].tolist() == [0.5, 0.5, 2.0, "slower"]
    assert ("bf16", "statistical_aggregation") not in rows.index
    assert [pace(ratio) for ratio in (0.99, 1.0, 1.04, 1.05)] == ["slower", "level", "level", "faster"]
    memory = rows.loc["memory_variable_length", "gru"]
    assert memory[["unit", "ours", "reference", "ratio", "verdict"]].tolist() == ["MB", 30, 15, 2, ""]


def test_cases_stand_together() -> None:
    cases = summarise(make_rounds())["case"].tolist()
    assert cases == [
        *["fixed_length"] * 2,
        *["variable_length"] * 2,
        *["no_sequences"] * 2,
        *["memory_fixed_length"] * 2,
        *["memory_variable_length"] * 2,
        "bf16",
    ]


def test_figures_of_the_queue() -> None:
    pool = make_pool()
    assert (pool["fits"], pool["workers"], pool["epochs"], pool["repeats"]) == (6, 2, 3, 2)
    assert (pool["queue_seconds"], pool["one_by_one_seconds"]) == (11, 18)
    assert pool["speed_up"] == {"ratio": pytest.approx(1.65), "lowest": 1.5, "highest": 1.8} | {
        "goal": 1.9,
        "verdict": "missed",
    }
    assert (pool["busy"]["ratio"], pool["busy"]["verdict"]) == (pytest.approx(0.92), "met")
    assert (pool["stretch"]["highest"], pool["stretch"]["verdict"]) == (pytest.approx(4 / 3), "missed")
    assert "mixed" not in pool
    assert make_pool(mixed_seconds=9.0)["mixed"] == {"ratio": 2, "lowest": 2, "highest": 2} | {
        "goal": 2.5,
        "verdict": "missed",
    }
    short = summarise_pool([{"fits": 1, "workers": 2, "seconds": 10, "busy": 1.0, "one_by_one_seconds": 19}], 1)
    assert [short[name]["verdict"] for name in ("speed_up", "busy", "stretch")] == ["met"] * 3
