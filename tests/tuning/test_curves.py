import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sequence_learning.tuning.curves import best_after
from sequence_learning.tuning.plots import plot_best_after
from tests.tuning.small import make_tuning

NAN = float("nan")


def table(*searches: list[tuple[float, float]], states: list[list[str]] | None = None) -> pd.DataFrame:
    rows = []
    for i, trials in enumerate(searches):
        for k, (score, seconds) in enumerate(trials):
            state = states[i][k] if states else "pruned" if np.isnan(score) else "complete"
            rows.append(
                {"model": "gru", "search": i, "trial": k, "state": state, "score": score, "cpu_seconds": seconds}
            )
    return pd.DataFrame(rows)


def by(curves: pd.DataFrame, axis: str) -> pd.DataFrame:
    return curves[curves["by"] == axis].reset_index(drop=True)


def test_means_and_intervals_over_searches_by_trials() -> None:
    trials = table([(0.1, 1), (0.3, 1), (0.2, 1)], [(0.3, 1), (NAN, 1), (0.7, 1)])
    curve = by(best_after(trials, make_tuning(trials=3)), "trials")
    assert curve["used"].tolist() == [1, 2, 3]
    np.testing.assert_allclose(curve["best"], [0.2, 0.3, 0.5])
    # t of one degree of freedom is 12.706; 0.3 and 0.7 have a standard error of 0.2.
    np.testing.assert_allclose(curve["high"] - curve["best"], [1.2706, 0, 2.5412], atol=1e-4)
    np.testing.assert_allclose(curve["best"] - curve["low"], curve["high"] - curve["best"])
    assert (curve["searches"] == 2).all()


def test_a_search_that_has_ended_keeps_its_best_and_one_search_has_no_interval() -> None:
    curve = by(best_after(table([(0.1, 1), (0.3, 1)]), make_tuning(trials=4)), "trials")
    assert curve["best"].tolist() == [0.1, 0.3, 0.3, 0.3]
    assert curve["low"].isna().all()


def test_there_is_no_mean_before_every_search_has_a_score() -> None:
    curve = by(best_after(table([(0.1, 1), (0.3, 1)], [(NAN, 1), (0.5, 1)]), make_tuning(trials=2)), "trials")
    assert curve["used"].tolist() == [2]
    assert best_after(table([(NAN, 1)]), make_tuning(trials=2)).empty


def test_an_interrupted_trial_counts_by_its_seconds_alone() -> None:
    states = [["complete", "interrupted", "complete"]]
    curves = best_after(table([(0.1, 10), (NAN, 10), (0.5, 10)], states=states), make_tuning(trials=2, cpu_seconds=30))
    assert by(curves, "trials")["best"].tolist() == [0.1, 0.5]
    seconds = by(curves, "cpu_seconds").set_index("used")["best"]
    assert seconds[20.0] == 0.1
    assert seconds[30.0] == 0.5


def test_seconds_beyond_the_budget_are_shown() -> None:
    seconds = by(best_after(table([(0.1, 8), (0.5, 4)]), make_tuning(cpu_seconds=10)), "cpu_seconds")
    assert seconds["used"].max() == pytest.approx(12)
    assert seconds["best"].iloc[-1] == 0.5
    assert seconds["used"].min() >= 8


scores = st.one_of(st.just(NAN), st.floats(-1, 1))
trials_of = st.lists(st.tuples(scores, st.floats(0.01, 50)), min_size=1, max_size=8)


@given(st.lists(trials_of, min_size=1, max_size=4))
def test_curves_never_fall_and_end_at_the_mean_of_the_best(searches: list[list[tuple[float, float]]]) -> None:
    trials = table(*searches)
    curves = best_after(trials, make_tuning(trials=8, cpu_seconds=20))
    best = trials.groupby("search")["score"].max()
    for axis in ("trials", "cpu_seconds"):
        curve = by(curves, axis)
        assert curve["best"].diff().dropna().ge(-1e-12).all()
        if best.notna().all():
            assert curve["best"].iloc[-1] == pytest.approx(best.mean())
        else:
            assert curve.empty


def test_the_figure_has_a_line_per_model_and_axis_and_bands_where_there_are_intervals() -> None:
    one = best_after(table([(0.1, 1), (0.3, 1)]), make_tuning(trials=2))
    assert len(plot_best_after(one, "r2").data) == 2
    two = best_after(table([(0.1, 1), (0.3, 1)], [(0.2, 1), (0.3, 1)]), make_tuning(trials=2))
    assert len(plot_best_after(pd.concat([one.assign(model="cnn"), two]), "r2").data) == 2 + 4
    assert not plot_best_after(best_after(table([(NAN, 1)]), make_tuning()), "r2").data
