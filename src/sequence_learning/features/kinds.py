"""What a column holds, whatever type it is stored in, and its values as numbers."""

from typing import Any

import numpy as np
import pandas as pd

from sequence_learning.features.errors import DataError

# What pandas finds in a column, by its type or, for objects, by its values.
_WORDS = {
    "integer": "numbers",
    "floating": "numbers",
    "mixed-integer-float": "numbers",
    "decimal": "numbers",
    "boolean": "booleans",
    "datetime64": "time stamps",
    "datetime": "time stamps",
    "date": "time stamps",
    "string": "text",
    "timedelta64": "durations",
    "timedelta": "durations",
    "empty": "nothing",
}
#: Kinds that :func:`to_floats` reads.
NUMBERS = {"numbers", "booleans", "nothing"}


def kind_of(column: "pd.Series[Any]") -> str:
    """What the column holds, in words.

    Returns:
        ``numbers``, ``booleans``, ``time stamps``, ``durations``, ``text``, ``bytes``, ``nothing`` (all is missing), or
        whatever else it is: the types of its values, such as ``int and str``, or the type of the column.
    """
    column = plain(column)
    if column.isna().all():
        return "nothing"
    found = pd.api.types.infer_dtype(column)
    if found.startswith("mixed") and found not in _WORDS:
        return " and ".join(sorted({type(value).__name__ for value in column[column.notna()]}))
    return str(column.dtype) if found == "unknown-array" else _WORDS.get(found, found)


def plain(column: "pd.Series[Any]") -> "pd.Series[Any]":
    """The values of a column that is stored as categories, any other as it is."""
    dtype = column.dtype
    if isinstance(dtype, pd.ArrowDtype):
        import pyarrow as pa

        coded = pa.types.is_dictionary(dtype.pyarrow_dtype)
    else:
        coded = isinstance(dtype, pd.CategoricalDtype)
    return pd.Series(np.asarray(column), index=column.index, name=column.name) if coded else column


def holds_single_values(column: "pd.Series[Any]") -> bool:
    """Whether no cell is a list, a dictionary or another container."""
    column = plain(column)
    if isinstance(column.dtype, pd.ArrowDtype):
        import pyarrow as pa

        return not pa.types.is_nested(column.dtype.pyarrow_dtype)
    return column.dtype != object or not column.map(pd.api.types.is_list_like).any()


def to_floats(column: "pd.Series[Any]") -> np.ndarray:
    """Numbers or booleans of any type as float64 ``(N,)``: NaN where they are missing, infinite beyond the largest.

    Raises:
        DataError: if it holds something else.
    """
    kind = kind_of(column)
    if kind not in NUMBERS:
        raise DataError(f"numbers are needed, but {column.name!r} holds {kind}; convert it, or list it as categorical")
    if kind == "nothing":
        return np.full(len(column), np.nan)
    try:
        return plain(column).to_numpy(dtype=np.float64, na_value=np.nan)
    except OverflowError:  # whole numbers of any length
        return np.array([np.nan if pd.isna(value) else _to_float(value) for value in column])


def _to_float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else -float("inf")
