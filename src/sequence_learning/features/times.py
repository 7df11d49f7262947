"""Times in a column: numbers, time stamps or text that can be read as such."""

from typing import Any, Literal

import numpy as np
import pandas as pd

from sequence_learning.features.errors import DataError, shown
from sequence_learning.features.kinds import kind_of, plain, to_floats
from sequence_learning.parameters import TimeUnit

# From text, because an epoch in nanoseconds would keep far dates such as 9999-12-31 out.
_EPOCH = pd.Timestamp("1970-01-01", tz="UTC")

TimeKind = Literal["numbers", "time stamps"]


def time_kind(column: "pd.Series[Any]") -> TimeKind:
    """What kind of times these are; text should be time stamps.

    Raises:
        DataError: if it holds anything else.
    """
    found = kind_of(column)
    if found == "numbers":
        return "numbers"
    if found in {"time stamps", "text"}:
        return "time stamps"
    raise DataError(
        f"times must be numbers, time stamps or ISO 8601 text, but {column.name!r} holds {found}; convert it"
    )


def read_stamps(column: "pd.Series[Any]") -> "pd.Series[pd.Timestamp]":
    """Time stamps or ISO 8601 text as time stamps in UTC, which is the zone of those without one; NaT for all else."""
    return pd.to_datetime(plain(column), format="ISO8601", errors="coerce", utc=True)


def to_stamps(column: "pd.Series[Any]") -> "pd.Series[pd.Timestamp]":
    """The same of a column without gaps.

    Raises:
        DataError: if some are no time stamps.
    """
    stamps = read_stamps(column)
    wrong = column[stamps.isna().to_numpy()]
    if len(wrong):
        raise DataError(
            f"times must be numbers, time stamps or ISO 8601 text, but {column.name!r} holds "
            f"{shown(wrong.iloc[0])!r}; convert it, or write time stamps as 2026-11-23T08:11"
        )
    return stamps


def parse_times(column: "pd.Series[Any]", unit: TimeUnit) -> np.ndarray:
    """Times without gaps ``(N,)`` as float64: numbers as they are, time stamps in units since the Unix epoch.

    Time stamps without a zone are taken as UTC.

    Raises:
        DataError: if some are neither numbers nor time stamps.
    """
    if time_kind(column) == "numbers":
        return to_floats(column)
    return ((to_stamps(column) - _EPOCH) / pd.Timedelta(1, unit=unit)).to_numpy(dtype=np.float64)
