import numpy as np
import pandas as pd
import pytest

from tests.tasks.known_truth import draw, make_task, recomputed, standardised, weighted_mean


def recovered_weights(longest: int) -> np.ndarray:
    """Relative weight of each position, newest first, from what sequences of full length tell by least squares."""
    truth = draw("position_profile", min_length=longest, max_length=longest)
    readings = truth.events["channel_0"].to_numpy().reshape(-1, longest)[:, ::-1]
    weights, *_ = np.linalg.lstsq(np.column_stack([readings, np.ones(len(readings))]), truth.best, rcond=None)
    return np.asarray(weights[:-1] / weights[:-1].sum())


def test_the_best_prediction_is_a_mean_with_one_weight_per_position_back_from_the_newest() -> None:
    weights = recovered_weights(9)
    truth = draw("position_profile")

    def of_one(_: pd.Series, events: pd.DataFrame) -> float:
        return weighted_mean(events["channel_0"].tolist(), weights[: len(events)][::-1].tolist())

    np.testing.assert_allclose(truth.best, standardised(recomputed(truth, of_one)), atol=1e-9)


def test_weights_are_the_profile_positive_and_along_no_simple_curve() -> None:
    weights = recovered_weights(9)

    np.testing.assert_allclose(weights, make_task("position_profile").profile, atol=1e-9)  # type: ignore[attr-defined]
    assert (weights > 0).all()
    assert (np.diff(weights) > 0).any()
    assert (np.diff(weights) < 0).any()


def test_the_profile_changes_with_its_own_seed_alone() -> None:
    one, same, other = (
        make_task("position_profile", **seeds).profile  # type: ignore[attr-defined]
        for seeds in ({"seed": 0}, {"seed": 1}, {"profile_seed": 1})
    )

    assert one.sum() == pytest.approx(1)
    assert (one == same).all()
    assert not np.allclose(one, other)
