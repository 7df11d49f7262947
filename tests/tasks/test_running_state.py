import numpy as np
import pandas as pd
import pytest

from tests.tasks.known_truth import draw, in_units_of, recomputed, standardised


def of_one(_: pd.Series, events: pd.DataFrame) -> float:
    counter = 0.0
    for reading, kind in zip(events["channel_0"], events["kind"], strict=True):
        counter = 0.0 if kind == "k0" else counter + reading
    return counter


@pytest.mark.parametrize("options", [{}, {"reset_share": 0.6}, {"n_kinds": 2}])
def test_the_best_prediction_is_the_counter_since_the_last_reset(options: dict[str, float]) -> None:
    truth = draw("running_state", **options)

    np.testing.assert_allclose(truth.best, standardised(recomputed(truth, of_one)), atol=1e-9)


@pytest.mark.parametrize("share", [0.1, 0.6])
def test_resets_are_as_frequent_as_asked_and_other_kinds_alike(share: float) -> None:
    frequency = draw("running_state", num_samples=3000, reset_share=share).events["kind"].value_counts(normalize=True)

    assert frequency.to_dict() == pytest.approx(
        {"k0": share} | dict.fromkeys(["k1", "k2", "k3"], (1 - share) / 3), abs=0.02
    )


def expected_of_one(_: pd.Series, events: pd.DataFrame) -> float:
    """A hidden reading has mean 0; a hidden kind is no reset with a chance of .4."""
    total, chance_that_it_counts = 0.0, 1.0
    for reading, kind in zip(events["channel_0"][::-1].fillna(0), events["kind"][::-1], strict=True):
        chance_that_it_counts *= 0.4 if pd.isna(kind) else float(kind != "k0")
        total += chance_that_it_counts * reading
    return total


def test_hidden_resets_are_allowed_for_by_how_often_they_come() -> None:
    options = {"reset_share": 0.6, "max_length": 6, "num_samples": 2000}
    in_units = in_units_of(recomputed(draw("running_state", **options), of_one))
    truth = draw("running_state", missing=0.3, **options)
    expected = in_units(recomputed(truth, expected_of_one))
    error = truth.best - expected

    # A mean over 100 completions, which together leave no more than the variance of the signal.
    assert 0 < error.std() < 0.1
    assert abs(error.mean()) < 4 * error.std() / np.sqrt(2000)
    assert abs(np.corrcoef(error, expected)[0, 1]) < 4 / np.sqrt(2000)
