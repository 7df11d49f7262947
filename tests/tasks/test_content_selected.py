from math import exp

import numpy as np
import pandas as pd
import pytest

from tests.tasks.known_truth import draw, recomputed, standardised, weighted_mean


@pytest.mark.parametrize("sharpness", [0.0, 2.0, 5.0])
def test_the_best_prediction_is_a_mean_with_weights_that_grow_with_another_channel(sharpness: float) -> None:
    truth = draw("content_selected", sharpness=sharpness)

    def of_one(_: pd.Series, events: pd.DataFrame) -> float:
        weights = [exp(sharpness * score) for score in events["channel_1"]]
        return weighted_mean(events["channel_0"].tolist(), weights)

    np.testing.assert_allclose(truth.best, standardised(recomputed(truth, of_one)), atol=1e-9)


def test_the_sharpest_weights_choose_one_event() -> None:
    truth = draw("content_selected", sharpness=100.0)

    def of_one(_: pd.Series, events: pd.DataFrame) -> float:
        return 0.0 if events.empty else float(events.loc[events["channel_1"].idxmax(), "channel_0"])

    assert np.corrcoef(recomputed(truth, of_one), truth.best)[0, 1] > 0.99
