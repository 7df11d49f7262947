import time
from collections import Counter
from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sequence_learning.evaluation.latency.rounds import CALLS_PER_TURN, LEAST_CALLS, percentiles, time_in_rounds


def noting(made: list[str], name: str, seconds: float = 0.0) -> Callable[[], None]:
    def call() -> None:
        made.append(name)
        time.sleep(seconds)

    return call


def test_calls_take_turns() -> None:
    made: list[str] = []
    times = time_in_rounds({name: noting(made, name) for name in "abc"}, seconds=1e-9)
    # Each turn is a call that is not timed and some that are, and one turn is enough.
    assert made == [name for name in "abc" for _ in range(1 + CALLS_PER_TURN)]
    assert CALLS_PER_TURN >= LEAST_CALLS
    assert {name: len(seconds) for name, seconds in times.items()} == dict.fromkeys("abc", CALLS_PER_TURN)


def test_a_call_that_has_spent_its_time_drops_out_and_the_others_go_on() -> None:
    made: list[str] = []
    times = time_in_rounds({"slow": noting(made, "slow", 0.03), "fast": noting(made, "fast")}, seconds=0.1)
    assert len(times["slow"]) == CALLS_PER_TURN
    assert len(times["fast"]) > 3 * CALLS_PER_TURN
    per_turn = (1 + CALLS_PER_TURN) / CALLS_PER_TURN
    assert Counter(made) == {name: per_turn * len(seconds) for name, seconds in times.items()}


def test_what_is_timed_is_one_call() -> None:
    (seconds,) = time_in_rounds({"sleep": partial(time.sleep, 0.01)}, seconds=0.1).values()
    assert 0.01 <= np.median(seconds) < 0.03


def test_nothing_to_time_takes_no_time() -> None:
    assert time_in_rounds({}, seconds=10.0) == {}


@given(st.lists(st.floats(1e-6, 10), min_size=1, max_size=150))
def test_percentiles_are_given_where_there_are_calls_enough(seconds: list[float]) -> None:
    known = percentiles(seconds)
    assert known["calls"] == len(seconds)
    for share, least in ((50, 3), (95, 20), (99, 100)):
        value = known[f"p{share}_ms"]
        if len(seconds) < least:
            assert np.isnan(value)
        else:
            assert value == pytest.approx(1e3 * np.percentile(seconds, share))


def test_no_calls_have_no_percentiles() -> None:
    known = percentiles([])
    assert known.pop("calls") == 0
    assert np.isnan(list(known.values())).all()
