import numpy as np
import pandas as pd
import pytest

from tests.tasks.known_truth import draw, recomputed, standardised, weighted_mean


def spread_over_a_long_sequence(half_life: float) -> float:
    weights = 2 ** (-np.arange(10_000) / half_life)
    return float(np.sqrt((weights**2).sum()) / weights.sum())


@pytest.mark.parametrize("half_lives", [(1.5, 6.0), (4.0, 0.5)])
def test_the_best_prediction_is_a_sum_of_two_decayed_means_of_equal_spread(half_lives: tuple[float, float]) -> None:
    spreads = [spread_over_a_long_sequence(half_life) for half_life in half_lives]

    def of_one(_: pd.Series, events: pd.DataFrame) -> float:
        total = 0.0
        for channel, half_life in enumerate(half_lives):
            weights = [2 ** (-p / half_life) for p in range(len(events))][::-1]
            total += weighted_mean(events[f"channel_{channel}"].tolist(), weights) / spreads[channel]
        return total

    truth = draw("exponential_recency", half_lives=half_lives)

    np.testing.assert_allclose(truth.best, standardised(recomputed(truth, of_one)), atol=1e-9)
