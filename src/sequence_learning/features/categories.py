"""Values of a category as text. The same value has the same text, whatever type the column that holds it has."""

from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from sequence_learning.features.kinds import plain


def category_texts(column: "pd.Series[Any]") -> np.ndarray:
    """The text of every value, ``(N,)`` objects; None where it is missing."""
    column = plain(column)
    if column.dtype == object:  # 1 and True would be one value to a hash table
        texts = [
            None if missing else category_text(value) for value, missing in zip(column, column.isna(), strict=True)
        ]
        return np.array(texts, dtype=object)
    codes, distinct = pd.factorize(column)
    return np.array([*map(category_text, distinct), None], dtype=object)[codes]


def category_text(value: object) -> str:
    """Of one value that is not missing.

    Numbers are the same category as integers, floats and decimals: whole numbers become floats where a value is
    missing, so 3 and 3.0 are both ``3``.
    """
    match value:
        case bool() | np.bool_():
            return str(bool(value))
        case float() | np.floating():
            return np.format_float_positional(value + 0.0, trim="-")  # + 0.0: no negative zero
        case Decimal():
            return format(value.normalize() + 0, "f")
        case bytes():
            return value.decode(errors="backslashreplace")
        case _:
            return str(value)


def category_order(column: "pd.Series[Any]") -> tuple[str, ...]:
    """The texts of the different values: in the order of the values, or of their texts if the values have none."""
    known = column.dropna()
    known = known if isinstance(known.dtype, pd.CategoricalDtype) else plain(known)
    try:
        texts = category_texts(known.sort_values())
    except TypeError:  # values of several types
        texts = np.sort(category_texts(known))
    return tuple(dict.fromkeys(texts.tolist()))
