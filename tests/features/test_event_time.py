"""When events happened: parsing, the time between events and before the prediction, channels made of them."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sequence_learning.features.errors import DataError
from sequence_learning.features.event_time import EventTime, EventTimes, event_times
from sequence_learning.features.order import sort_events
from sequence_learning.features.scaler import Scaler
from sequence_learning.parameters import FeatureParameters
from tests.features.tables import DAYS, STAMPS, small_entities, small_events, small_schema

#: Events of up to eight entities: the gaps before each of them, in whole units, so that sums are exact.
gaps = st.lists(st.lists(st.integers(0, 10**6), max_size=6), min_size=1, max_size=8).filter(any)


def times_of(entities: pd.DataFrame, events: pd.DataFrame, **schema: Any) -> EventTimes:
    roles = small_schema(**{"order": "at", "time": "at"} | schema)
    return event_times(entities, *sort_events(entities, events, roles), roles)


def refusal(entities: pd.DataFrame, events: pd.DataFrame, **schema: Any) -> str:
    with pytest.raises(DataError) as error:
        times_of(entities, events, **schema)
    return str(error.value)


def from_gaps(gaps: list[list[int]], shift: float = 0.0, wait: float = 0.0) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Tables whose events lie these gaps apart; each prediction comes ``wait`` after the newest."""
    moments = [np.cumsum(mine, dtype=float) + 10 * i + shift for i, mine in enumerate(gaps)]
    entities = pd.DataFrame({"id": range(len(gaps)), "asked": [m[-1] + wait if len(m) else shift for m in moments]})
    ids = np.repeat(np.arange(len(gaps)), [len(mine) for mine in gaps])
    step = np.concatenate([np.arange(len(mine)) for mine in gaps])
    return entities, pd.DataFrame({"id": ids, "at": np.concatenate(moments), "step": step})


def entity_of(events: pd.DataFrame) -> np.ndarray:
    return np.sort(events["id"].to_numpy())


# Deltas and ages


def test_without_a_prediction_time_ages_count_from_the_newest_event() -> None:
    at = [5, 7, 10, 0, 0, 4, 1, 2, 3, 8, 9, 2]

    times = times_of(small_entities(), small_events(at=at))

    assert times.moments.tolist() == at
    assert times.deltas.tolist() == [0, 2, 3, 0, 0, 4, 0, 1, 1, 0, 0, 0]
    assert times.ages.tolist() == [5, 3, 0, 4, 4, 0, 2, 1, 0, 0, 0, 0]


def test_ages_count_from_the_prediction_time_of_the_entity() -> None:
    entities = small_entities(asked=[10, 11, 12, 13, 14, 15, 16, 17])

    times = times_of(entities, small_events(at=range(12)), prediction_time="asked")

    assert times.ages.tolist() == [10, 9, 8, 8, 7, 6, 6, 5, 4, 4, 4, 4]
    assert times.deltas.tolist() == [0, 1, 1, 0, 1, 1, 0, 1, 1, 0, 0, 0]


def test_an_event_may_lie_at_the_prediction_time() -> None:
    entities = small_entities(asked=11)

    assert times_of(entities, small_events(at=range(12)), prediction_time="asked").ages[-1] == 0


def test_another_column_may_order_the_events() -> None:
    times = times_of(small_entities(), small_events(at=[1, 1, 4] * 4), order="step")

    assert times.deltas[:3].tolist() == [0, 0, 3]
    assert times.ages[:3].tolist() == [3, 3, 0]


@pytest.mark.parametrize("without", ["a", "d", "h"])
def test_an_entity_without_events_shifts_no_other(without: str) -> None:
    events = small_events(at=range(12))
    kept = (events["id"] != without).to_numpy()
    whole = times_of(small_entities(asked=range(20, 28)), events, prediction_time="asked")

    times = times_of(small_entities(asked=range(20, 28)), events[kept], prediction_time="asked")

    assert times.ages.tolist() == whole.ages[kept].tolist()
    assert times.deltas.tolist() == whole.deltas[kept].tolist()


@pytest.mark.parametrize("at", [pd.Series(range(12), dtype=object), pd.Series(DAYS), pd.Series(DAYS.date)])
def test_there_may_be_no_events_to_learn_from(at: "pd.Series[Any]") -> None:
    times = times_of(small_entities(asked=5), small_events(at=at).iloc[:0], prediction_time="asked")

    assert [len(part) for part in (times.moments, times.deltas, times.ages)] == [0, 0, 0]
    assert EventTime.fit(times, FeatureParameters()).transform(times).shape == (0, 2)


@given(gaps, st.integers(0, 1000), st.booleans())
def test_ages_are_never_negative_and_never_grow_towards_the_newest(
    gaps: list[list[int]], wait: int, asked: bool
) -> None:
    entities, events = from_gaps(gaps, wait=wait)
    times = times_of(entities, events, prediction_time="asked" if asked else None)

    same_entity = np.diff(entity_of(events)) == 0
    newest = np.append(~same_entity, True)
    assert (times.ages >= 0).all()
    assert (np.diff(times.ages)[same_entity] <= 0).all()
    assert (times.ages[newest] == (wait if asked else 0)).all()
    # What an event's age loses to the next one's is the time between them.
    np.testing.assert_array_equal(-np.diff(times.ages)[same_entity], times.deltas[1:][same_entity])


@given(gaps, st.integers(-(10**9), 10**9), st.booleans())
def test_a_shift_of_all_times_changes_neither_ages_nor_deltas(gaps: list[list[int]], shift: int, asked: bool) -> None:
    schema = {"prediction_time": "asked" if asked else None}
    times = times_of(*from_gaps(gaps), **schema)
    shifted = times_of(*from_gaps(gaps, shift=shift), **schema)

    np.testing.assert_array_equal(shifted.ages, times.ages)
    np.testing.assert_array_equal(shifted.deltas, times.deltas)
    np.testing.assert_array_equal(shifted.moments, times.moments + shift)


@given(gaps, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(gaps: list[list[int]], random: Any) -> None:
    entities, events = from_gaps(gaps)
    rows = list(range(len(events)))
    random.shuffle(rows)

    times, shuffled = (times_of(entities, table, order="step") for table in (events, events.iloc[rows]))

    for name in ("moments", "deltas", "ages"):
        np.testing.assert_array_equal(getattr(shuffled, name), getattr(times, name))


# Refusals


@pytest.mark.parametrize("missing", [None, pd.NaT, np.nan])
def test_a_time_may_not_be_missing(missing: Any) -> None:
    at = pd.Series(DAYS).mask(lambda s: s.index.isin([3, 9]), missing)

    assert refusal(small_entities(), small_events(at=at), order="step") == (
        "time column 'at' must not be missing, but 2 rows break it (ids b, d); fill or drop"
    )


def test_a_prediction_time_may_not_be_missing() -> None:
    entities = small_entities(asked=[99.0] * 6 + [np.nan] * 2)

    assert refusal(entities, small_events(at=range(12)), prediction_time="asked") == (
        "prediction_time column 'asked' must not be missing, but 2 rows break it (ids g, h); fill or drop"
    )


@pytest.mark.parametrize("infinite", [float("inf"), -float("inf")])
def test_times_must_be_finite(infinite: float) -> None:
    at = [0.0, 1.0, infinite, *range(9)]
    asked = [99.0] * 7 + [infinite]

    assert refusal(small_entities(), small_events(at=at), order="step") == (
        "time column 'at' must be finite, but 1 rows break it (ids a); replace infinite values"
    )
    assert refusal(small_entities(asked=asked), small_events(at=range(12)), prediction_time="asked") == (
        "prediction_time column 'asked' must be finite, but 1 rows break it (ids h); replace infinite values"
    )


def test_an_event_after_its_prediction_is_refused_as_leakage() -> None:
    entities = small_entities(asked=[1.0, 9.0, 7.5, 8.0, 99.0, 99.0, 0.0, 0.0])

    assert refusal(entities, small_events(at=range(12)), prediction_time="asked") == (
        "every event must lie before its entity's prediction time 'asked', or at it, but 3 rows break it "
        "(ids a, c, d); drop these events, which the model could not know, or correct the times"
    )


def test_up_to_five_ids_of_events_after_their_prediction_are_shown() -> None:
    message = refusal(small_entities(asked=-1), small_events(at=range(12)), prediction_time="asked")

    assert "but 12 rows break it (ids a, b, c, d, e, …)" in message


def test_time_may_not_run_against_the_order() -> None:
    at = [0, 2, 1, 5, 5, 5, 3, 2, 1, 0, 0, 0]

    assert refusal(small_entities(), small_events(at=at), order="step") == (
        "time 'at' must not run against order 'step', but 3 rows break it (ids a, c); "
        "correct one of the two columns, or let schema.order be the column of schema.time"
    )


@pytest.mark.parametrize(
    ("at", "asked", "kinds"),
    [
        (DAYS, range(8), ("time stamps", "numbers")),
        (DAYS.strftime("%Y-%m-%d"), range(8), ("time stamps", "numbers")),
        (range(12), DAYS[:8], ("numbers", "time stamps")),
    ],
)
def test_time_stamps_against_numbers_are_refused(at: Any, asked: Any, kinds: tuple[str, str]) -> None:
    message = refusal(small_entities(asked=asked), small_events(at=at), prediction_time="asked")

    assert message == (
        "time and prediction_time must both be numbers or both be time stamps, but "
        f"'at' holds {kinds[0]} and 'asked' holds {kinds[1]}; convert one of them"
    )


@pytest.mark.parametrize("at", ["naive", "zoned", "text"])
@pytest.mark.parametrize("asked", ["naive", "zoned", "text"])
def test_times_without_a_zone_are_utc_whatever_the_other_column_has(at: str, asked: str) -> None:
    entities = small_entities(asked=STAMPS[asked][11])
    if asked == "text":
        entities["asked"] = entities["asked"].astype("str")

    times = times_of(entities, small_events(at=STAMPS[at]), prediction_time="asked")

    assert times.ages.tolist() == [11 - i for i in range(12)]


# Channels


def some_times(moments: list[float]) -> EventTimes:
    """One entity's."""
    at = np.array(moments)
    return EventTimes(at, np.diff(at, prepend=at[:1]), at[-1] - at)


@pytest.mark.parametrize("scaling", ["robust", "quantile"])
def test_channels_are_scaled_logarithms_then_cycles(scaling: Any) -> None:
    times = some_times([0.0, 1.0, 5.0, 5.5, 20.0])
    fitted = EventTime.fit(times, FeatureParameters(scaling=scaling, periods=(7, 1.5)))

    channels = fitted.transform(times)

    expected = [
        Scaler.fit(np.log1p(times.deltas), scaling).transform(np.log1p(times.deltas))[:, 0],
        Scaler.fit(np.log1p(times.ages), scaling).transform(np.log1p(times.ages))[:, 0],
    ]
    for period in (7, 1.5):
        expected += [np.sin(2 * np.pi * times.moments / period), np.cos(2 * np.pi * times.moments / period)]
    assert channels.dtype == np.float32
    np.testing.assert_allclose(channels, np.stack(expected, axis=1), atol=1e-6)


@pytest.mark.parametrize("time", [(), ("age",), ("delta",), ("age", "delta"), ("delta", "age")])
@pytest.mark.parametrize("periods", [(), (7.0,), (7.0, 1.0)])
def test_the_width_is_that_of_the_channels(time: Any, periods: Any) -> None:
    times = some_times([0.0, 1.0, 5.0])
    fitted = EventTime.fit(times, FeatureParameters(time=time, periods=periods))

    assert tuple(fitted.scalers) == time
    assert fitted.transform(times).shape == (3, fitted.width)
    assert fitted.width == len(time) + 2 * len(periods)


@given(st.lists(st.integers(-(10**6), 10**6), min_size=1, max_size=20), st.integers(1, 10**4), st.integers(-99, 99))
def test_cycles_lie_on_the_circle_and_repeat(moments: list[int], period: int, turns: int) -> None:
    times = some_times([float(m) for m in sorted(moments)])
    later = EventTimes(times.moments + turns * period, times.deltas, times.ages)
    fitted = EventTime.fit(times, FeatureParameters(time=(), periods=(period,)))

    cycles = fitted.transform(times)

    np.testing.assert_allclose((cycles.astype(float) ** 2).sum(axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(fitted.transform(later), cycles, atol=1e-6)


@given(gaps, gaps)
def test_what_is_fitted_is_bounded_and_survives_json(fitted_on: list[list[int]], later: list[list[int]]) -> None:
    for scaling in ("robust", "quantile"):
        parameters = FeatureParameters.model_validate({"scaling": scaling, "periods": [7]})
        fitted = EventTime.fit(times_of(*from_gaps(fitted_on)), parameters)
        again = EventTime.model_validate_json(fitted.model_dump_json())
        channels = fitted.transform(times_of(*from_gaps(later)))

        assert again == fitted
        assert (np.abs(channels) <= 10).all()
        np.testing.assert_array_equal(again.transform(times_of(*from_gaps(later))), channels)
