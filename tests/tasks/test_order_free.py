import numpy as np
import pandas as pd

from tests.tasks.known_truth import draw, recomputed


def parts_of_one(_: pd.Series, events: pd.DataFrame) -> list[float]:
    if events.empty:
        return [0.0, 0.0, 0.0]
    mean, largest, total = (events[f"channel_{k}"].tolist() for k in range(3))
    return [sum(mean) / len(mean), max(largest), sum(total)]


def test_the_best_prediction_is_a_sum_of_mean_maximum_and_sum_in_about_equal_parts() -> None:
    truth = draw("order_free", min_length=8, max_length=24)
    parts = recomputed(truth, parts_of_one)
    weights, *_ = np.linalg.lstsq(parts - parts.mean(axis=0), truth.best, rcond=None)

    np.testing.assert_allclose((parts - parts.mean(axis=0)) @ weights, truth.best, atol=1e-9)
    shares = weights * parts.std(axis=0)
    assert (shares > 0.4).all()
    assert (shares < 0.7).all()


def test_empty_sequences_count_as_zeros() -> None:
    truth = draw("order_free")
    parts = recomputed(truth, parts_of_one)
    weights, *_ = np.linalg.lstsq(parts - parts.mean(axis=0), truth.best, rcond=None)

    np.testing.assert_allclose((parts - parts.mean(axis=0)) @ weights, truth.best, atol=1e-9)
