import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from sequence_learning.tasks.base import N_COMPLETIONS
from tests.tasks.known_truth import draw, in_units_of, recomputed, standardised, weighted_mean

SIZES = {"num_samples": 2000, "max_length": 6}


def of_one(_: pd.Series, events: pd.DataFrame) -> float:
    n = len(events)
    return weighted_mean(events["channel_0"].fillna(0).tolist(), [(n - p) / n for p in range(n)][::-1])


def variance_of_one(_: pd.Series, events: pd.DataFrame) -> float:
    """What hidden readings leave open: each has variance 1."""
    weights, hidden = range(1, len(events) + 1), events["channel_0"].isna()
    return sum(w**2 for w, is_hidden in zip(weights, hidden, strict=True) if is_hidden) / max(1, sum(weights)) ** 2


def test_the_best_prediction_is_the_mean_with_weights_along_a_line() -> None:
    truth = draw("linear_recency")

    np.testing.assert_allclose(truth.best, standardised(recomputed(truth, of_one)), atol=1e-9)


@pytest.fixture(scope="module")
def exact() -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance of the signal given the readings that are seen, from the tables."""
    in_units = in_units_of(recomputed(draw("linear_recency", **SIZES), of_one))
    truth = draw("linear_recency", missing=0.3, **SIZES)
    scale = in_units(np.ones(1)) - in_units(np.zeros(1))
    return in_units(recomputed(truth, of_one)), scale**2 * recomputed(truth, variance_of_one)


def test_hidden_readings_count_as_their_mean(exact: tuple[np.ndarray, np.ndarray]) -> None:
    mean, variance = exact
    truth = draw("linear_recency", missing=0.3, **SIZES)
    known = variance == 0
    error = (truth.best - mean)[~known] / np.sqrt(variance[~known] / N_COMPLETIONS)

    assert 0.1 < known.mean() < 0.9
    np.testing.assert_allclose(truth.best[known], mean[known], atol=1e-9)
    assert abs(error.mean()) < 4 / np.sqrt(len(error))
    assert error.std() == pytest.approx(1, abs=4 / np.sqrt(2 * len(error)))
    assert np.abs(error).max() < 5


def test_what_stays_unexplained_is_the_noise_and_the_variance_of_what_is_hidden(
    exact: tuple[np.ndarray, np.ndarray],
) -> None:
    _, variance = exact

    assert variance.mean() > 0.1
    assert draw("linear_recency", missing=0.3, **SIZES).unexplained == pytest.approx(0.1 + variance.mean(), abs=0.005)


def test_the_probability_allows_for_noise_and_for_what_is_hidden(exact: tuple[np.ndarray, np.ndarray]) -> None:
    mean, variance = exact
    error = draw("linear_recency", missing=0.3, target="binary", **SIZES).best - norm.cdf(
        mean / np.sqrt(0.1 + variance)
    )

    assert abs(error.mean()) < 0.003
    assert np.abs(error).max() < 5 * 0.5 / np.sqrt(N_COMPLETIONS)  # no mean of chances has a larger standard deviation
    assert np.abs(error).mean() < 0.03
