import numpy as np
import pandas as pd
import pytest

from tests.tasks.known_truth import draw, in_units_of, recomputed, standardised

LENGTHS = [(2, 2), (2, 3), (3, 3), (2, 9), (30, 40)]


def partners_of_one(_: pd.Series, events: pd.DataFrame) -> list[int]:
    """Steps of the events that are of the newest one's kind, itself left out."""
    kinds = events["kind"].tolist()
    return [step for step, kind in enumerate(kinds[:-1]) if kind == kinds[-1]]


def of_one(entity: pd.Series, events: pd.DataFrame) -> float:
    return float(events["channel_0"].fillna(0).iloc[partners_of_one(entity, events)[0]])


@pytest.mark.parametrize("lengths", LENGTHS)
@pytest.mark.parametrize("n_kinds", [2, 8])
def test_the_newest_event_has_one_partner_and_it_stands_in_the_older_half(
    lengths: tuple[int, int], n_kinds: int
) -> None:
    truth = draw("long_range_pair", min_length=lengths[0], max_length=lengths[1], n_kinds=n_kinds)

    for _, events in truth.events.groupby("id"):
        (partner,) = partners_of_one(pd.Series(), events)
        assert partner < len(events) // 2


@pytest.mark.parametrize("lengths", LENGTHS)
def test_the_best_prediction_is_the_partners_reading(lengths: tuple[int, int]) -> None:
    truth = draw("long_range_pair", min_length=lengths[0], max_length=lengths[1])

    np.testing.assert_allclose(truth.best, standardised(recomputed(truth, of_one)), atol=1e-9)


def test_every_place_in_the_older_half_and_every_kind_is_as_likely() -> None:
    truth = draw("long_range_pair", num_samples=4000, min_length=8, max_length=8, n_kinds=4)
    places = pd.Series([partners_of_one(pd.Series(), events)[0] for _, events in truth.events.groupby("id")])

    for frequency in (places, truth.events["kind"]):
        assert frequency.value_counts(normalize=True).tolist() == pytest.approx([0.25] * 4, abs=0.03)


def test_a_hidden_partner_counts_as_its_mean_and_kinds_stay_seen() -> None:
    in_units = in_units_of(recomputed(draw("long_range_pair"), of_one))
    truth = draw("long_range_pair", missing=0.3)
    error = truth.best - in_units(recomputed(truth, of_one))
    hidden = recomputed(
        truth, lambda entity, events: events["channel_0"].isna().iloc[partners_of_one(entity, events)[0]]
    )

    assert truth.events["kind"].notna().all()
    np.testing.assert_allclose(error[hidden == 0], 0, atol=1e-9)
    assert error[hidden == 1].std() == pytest.approx(0.95 / 10, rel=0.3)  # a mean of 100 readings
    assert truth.unexplained == pytest.approx(0.1 + 0.9 * hidden.mean(), rel=0.1)
