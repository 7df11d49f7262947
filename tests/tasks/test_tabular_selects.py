import numpy as np
import pandas as pd

from tests.tasks.known_truth import draw, recomputed, standardised


def of_one(entity: pd.Series, events: pd.DataFrame) -> float:
    asked = entity["segment"].replace("s", "k")
    readings = [x for x, kind in zip(events["channel_0"], events["kind"], strict=True) if kind == asked]
    return sum(readings) / len(readings) if readings else 0.0


def test_the_best_prediction_is_the_mean_over_the_kind_that_the_segment_names() -> None:
    truth = draw("tabular_selects")

    np.testing.assert_allclose(truth.best, standardised(recomputed(truth, of_one)), atol=1e-9)


def test_there_is_a_kind_for_every_segment() -> None:
    truth = draw("tabular_selects", n_kinds=3, n_segments=3)

    assert set(truth.entities["segment"]) == {"s0", "s1", "s2"}
    assert set(truth.events["kind"]) == {"k0", "k1", "k2"}
