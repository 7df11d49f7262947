import logging

import pandas as pd
import pytest

from sequence_learning.tuning.summary import choose, summarise
from tests.tuning.small import make_search, make_tuning

NAN = float("nan")
ROWS = [
    # search, state, score, seconds, rate
    (0, "complete", 0.5, 4.0, 0.01),
    (0, "interrupted", NAN, 1.0, 0.02),
    (0, "complete", 0.7, 4.0, 0.02),
    (1, "complete", 0.6, 4.0, 0.01),
    (1, "pruned", NAN, 2.0, 0.03),
    (1, "cut_off", NAN, 3.0, 0.04),
]
TRIALS = pd.DataFrame(
    [
        {"model": "gru", "search": search, "trial": k, "state": state, "score": score, "cpu_seconds": seconds}
        | {"options": f'{{"training": {{"learning_rate": {rate}}}}}'}
        for k, (search, state, score, seconds, rate) in enumerate(ROWS)
    ]
)


def test_what_was_used_stands_beside_what_was_allowed() -> None:
    (row,) = summarise("regression", TRIALS, make_tuning(trials=6, cpu_seconds=20)).to_dict("records")
    assert (row["trials"], row["trials_allowed"]) == (5, 12)
    assert (row["cpu_seconds"], row["cpu_seconds_allowed"]) == (18, 40)
    assert (row["pruned"], row["cut_off"], row["failed"]) == (1, 1, 0)
    assert (row["metric"], row["searches"]) == ("r2", 2)


def test_gains_are_within_a_search() -> None:
    (row,) = summarise("regression", TRIALS, make_tuning()).to_dict("records")
    assert row["default"] == pytest.approx(0.55)
    assert row["best"] == pytest.approx(0.65)
    assert row["gain"] == pytest.approx(0.1)
    assert row["gain_high"] - row["gain"] == pytest.approx(12.706 * 0.1, abs=1e-3)
    assert row["gain"] >= 0


def test_a_configuration_that_was_cut_off_has_no_score_of_its_own() -> None:
    cut = TRIALS.assign(state=["cut_off", *TRIALS["state"][1:]], score=[NAN, *TRIALS["score"][1:]])
    (row,) = summarise("regression", cut[cut["search"] == 0], make_tuning()).to_dict("records")
    assert pd.isna(row["default"])
    assert pd.isna(row["gain"])
    assert row["best"] == 0.7


def test_the_best_trial_of_all_searches_is_chosen() -> None:
    assert choose(TRIALS, [make_search()]) == {
        "gru": {"encoder": {}, "model": {}, "training": {"learning_rate": 0.02}, "data": "rows"}
    }
    equal = TRIALS.assign(score=TRIALS["score"].clip(upper=0.5))
    assert choose(equal, [make_search()])["gru"]["training"] == {"learning_rate": 0.01}


def test_a_model_of_which_no_trial_ended_stays_as_configured(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        tuned = choose(TRIALS[TRIALS["state"] == "pruned"], [make_search()])
    assert tuned == {"gru": {"encoder": {}, "model": {}, "training": {}, "data": "rows"}}
    assert "no trial of gru came to its end" in caplog.text
