"""Times in columns of any type."""

import datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest

from sequence_learning.features.errors import DataError
from sequence_learning.features.times import parse_times, read_stamps
from tests.features.tables import DAYS, STAMPS

FIRST_DAY = (datetime.date(2026, 11, 1) - datetime.date(1970, 1, 1)).days


@pytest.mark.parametrize("column", STAMPS.values(), ids=STAMPS)
def test_time_stamps_are_days_since_the_epoch_in_utc(column: "pd.Series[Any]") -> None:
    times = parse_times(column, "days")

    assert times.dtype == np.float64
    assert times.tolist() == [FIRST_DAY + i for i in range(12)]


@pytest.mark.parametrize(("unit", "per_day"), [("seconds", 86_400), ("minutes", 1440), ("hours", 24), ("days", 1)])
def test_time_stamps_are_measured_in_the_unit(unit: Any, per_day: int) -> None:
    times = parse_times(pd.Series(DAYS), unit)

    assert times.tolist() == [(FIRST_DAY + i) * per_day for i in range(12)]


NUMBERS = {
    "int": pd.Series([3, 5]),
    "float": pd.Series([3.0, 5.0]),
    "nullable": pd.Series([3, 5], dtype="Int64"),
    "object": pd.Series([3, 5.0], dtype=object),
    "decimal": pd.Series([Decimal(3), Decimal(5)]),
    "arrow": pd.Series([3, 5], dtype="int64[pyarrow]"),
}


@pytest.mark.parametrize("column", NUMBERS.values(), ids=NUMBERS)
@pytest.mark.parametrize("unit", ["seconds", "days"])
def test_numbers_are_taken_as_they_are(column: "pd.Series[Any]", unit: Any) -> None:
    times = parse_times(column, unit)

    assert times.dtype == np.float64
    assert times.tolist() == [3, 5]


def test_far_dates_are_times_too() -> None:
    early, late = parse_times(pd.Series(["0001-01-01", "9999-12-31"]), "days")

    assert late - early == (datetime.date(9999, 12, 31) - datetime.date(1, 1, 1)).days


@pytest.mark.parametrize(
    ("column", "held"),
    [
        (pd.Series([True, False], name="at"), "booleans"),
        (pd.Series(pd.to_timedelta([1, 2], unit="D"), name="at"), "durations"),
        (pd.Series(["a", "b"], name="at", dtype="category"), "'a'"),
        (pd.Series([1, "2026-11-01"], name="at", dtype=object), "int and str"),
        (pd.Series(["2026-11-01", "9/2/2026"], name="at"), "'9/2/2026'"),
        (pd.Series(["5", "6"], name="at"), "'5'"),
    ],
)
def test_what_is_no_time_is_refused(column: "pd.Series[Any]", held: str) -> None:
    with pytest.raises(DataError) as error:
        parse_times(column, "days")

    rule = f"times must be numbers, time stamps or ISO 8601 text, but 'at' holds {held}; convert it"
    assert str(error.value).startswith(rule)


def test_what_is_no_time_stamp_is_marked() -> None:
    column = pd.Series(["2026-11-01", "9/2/2026", None, "20261101T0102Z"])
    assert read_stamps(column).isna().tolist() == [False, True, True, False]
