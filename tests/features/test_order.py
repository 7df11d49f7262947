import datetime
from decimal import Decimal

import pandas as pd
import pytest

from sequence_learning.features.errors import DataError
from sequence_learning.features.order import chronological_rank, sort_events
from tests.features.tables import small_entities, small_events, small_schema


def naive(day: int) -> datetime.datetime:
    return datetime.datetime(2026, 2, day)


@pytest.mark.parametrize(
    "order",
    [
        pd.Series([9, 10, 9]),
        pd.Series([0.5, 2.5, 0.5]),
        pd.to_datetime(pd.Series(["2026-02-09", "2026-02-10", "2026-02-09"])),
        pd.Series(["2026-02-09T23:00", "2026-02-10", "2026-02-09T23:00"]),
        pd.Series(["2026-02-10T01:00+02:00", "2026-02-10T00:30+00:00", "2026-02-09T23:00+00:00"]),
        pd.Series([naive(9), naive(10), naive(9).replace(tzinfo=datetime.UTC)], dtype=object),
        pd.Series([naive(9).date(), naive(10), naive(9)], dtype=object),
        pd.Series([Decimal(9), Decimal(10), Decimal("9.0")]),
        pd.Series([9, 10, 9], dtype="Int64"),
        pd.Series([9, 10, 9], dtype="int64[pyarrow]"),
        pd.Series([2**62, 2**62 + 1, 2**62]),
        pd.to_timedelta(pd.Series([9, 10, 9])),
        pd.Series(pd.Categorical(["b", "a", "b"], categories=["b", "a"], ordered=True)),
        pd.Series(["2026-02-09", "2026-02-10", "2026-02-09"], dtype="category"),
    ],
)
def test_later_ranks_higher_and_ties_share_a_rank(order: "pd.Series[float]") -> None:
    assert chronological_rank(order).tolist() == [1, 2, 1]


@pytest.mark.parametrize("dtype", ["str", "object", "category"])
def test_other_text_is_refused(dtype: str) -> None:
    order = pd.Series(["10/2/2026", "9/2/2026"], name="day", dtype=dtype)
    with pytest.raises(DataError, match=r"times must be numbers, .* 'day' holds '10/2/2026'; convert it, or write"):
        chronological_rank(order)


def test_what_has_no_order_is_refused() -> None:
    with pytest.raises(DataError, match="ordered by numbers or time stamps, but 'day' holds int and str; convert it"):
        chronological_rank(pd.Series([1, "a"], name="day"))


@pytest.mark.parametrize("seed", range(3))
def test_events_are_sorted_by_entity_then_by_order(seed: int) -> None:
    entities, events = small_entities(), small_events()
    shuffled = events.sample(frac=1, random_state=seed)

    by_row, offsets = sort_events(entities, shuffled, small_schema())
    backwards, offsets_backwards = sort_events(entities[::-1], shuffled, small_schema())

    pd.testing.assert_frame_equal(by_row, events)
    assert offsets.tolist() == [0, 3, 6, 9, 10, 11, 12, 12, 12]
    assert "".join(backwards["id"]) == "fedcccbbbaaa"
    assert offsets_backwards.tolist() == [0, 0, 0, 1, 2, 3, 6, 9, 12]
    assert offsets.dtype == offsets_backwards.dtype == "int64"


@pytest.mark.parametrize("most", [1, 2, 3, 4])
def test_of_a_longer_sequence_the_newest_events_are_kept(most: int) -> None:
    entities, events = small_entities(), small_events()
    shuffled = events.sample(frac=1, random_state=0)

    kept, offsets = sort_events(entities, shuffled, small_schema(max_length=most))

    pd.testing.assert_frame_equal(kept, events.groupby("id").tail(most))
    assert (offsets[1:] - offsets[:-1]).tolist() == [min(n, most) for n in (3, 3, 3, 1, 1, 1, 0, 0)]
