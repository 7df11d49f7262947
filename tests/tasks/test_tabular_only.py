import numpy as np
import pandas as pd
import pytest

from tests.tasks.known_truth import draw, recomputed


def parts_of_one(entity: pd.Series, _: pd.DataFrame) -> list[float]:
    return [entity["tabular_0"], abs(entity["tabular_1"]), 1.0 if entity["segment"] in {"s0", "s2"} else -1.0]


def test_the_best_prediction_is_a_line_a_bend_and_a_step_in_equal_parts() -> None:
    truth = draw("tabular_only", num_samples=2000)
    parts = recomputed(truth, parts_of_one)
    weights, *_ = np.linalg.lstsq(parts - parts.mean(axis=0), truth.best, rcond=None)

    np.testing.assert_allclose((parts - parts.mean(axis=0)) @ weights, truth.best, atol=1e-9)
    assert weights * parts.std(axis=0) == pytest.approx([np.sqrt(0.9 / 3)] * 3, rel=0.1)


def test_hidden_readings_of_events_cost_nothing() -> None:
    whole, gappy = draw("tabular_only"), draw("tabular_only", missing=0.5)

    np.testing.assert_allclose(gappy.best, whole.best, atol=1e-9)
    assert gappy.unexplained == pytest.approx(0.1)
