import numpy as np
import pandas as pd
import pytest

from tests.tasks.known_truth import draw, recomputed, standardised, weighted_mean


@pytest.mark.parametrize("options", [{}, {"half_life": 0.2}, {"irregularity": 0.0, "half_life": 1.0}])
def test_the_best_prediction_is_a_mean_that_fades_with_time(options: dict[str, float]) -> None:
    truth = draw("irregular_time", **options)

    def of_one(entity: pd.Series, events: pd.DataFrame) -> float:
        # From the newest event on: 2 to the power of minus thousands is no number any more.
        since_newest = [events["time"].iloc[-1] - time for time in events["time"]]
        weights = [2 ** (-age / options.get("half_life", 4.0)) for age in since_newest]
        return weighted_mean(events["channel_0"].tolist(), weights)

    np.testing.assert_allclose(truth.best, standardised(recomputed(truth, of_one)), atol=1e-9)


def test_events_come_in_order_before_the_prediction() -> None:
    truth = draw("irregular_time")

    assert (truth.entities["now"] == 0).all()
    assert (truth.events["time"] < 0).all()
    assert (truth.events.groupby("id")["time"].diff().dropna() > 0).all()


@pytest.mark.parametrize("irregularity", [0.0, 0.5, 1.5])
def test_gaps_have_a_median_of_one_and_spread_as_asked(irregularity: float) -> None:
    truth = draw("irregular_time", num_samples=2000, irregularity=irregularity)
    times = pd.concat([truth.events[["id", "time"]], truth.entities[["id"]].assign(time=0.0)])
    gaps = np.log(times.sort_values(["id", "time"]).groupby("id")["time"].diff().dropna())

    assert np.median(gaps) == pytest.approx(0, abs=0.06)
    assert gaps.std() == pytest.approx(irregularity, abs=0.05)


def test_no_sequence_is_so_old_that_it_counts_for_nothing() -> None:
    truth = draw("irregular_time", half_life=1e-3, min_length=1, max_length=1)

    np.testing.assert_allclose(truth.best, standardised(truth.events["channel_0"].to_numpy()), atol=1e-9)
