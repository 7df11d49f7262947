"""The same value is the same category, whatever type the column has."""

import datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sequence_learning.features.categories import category_order, category_text, category_texts


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3, "3"),
        (3.0, "3"),
        (np.float32(3), "3"),
        (Decimal("3.00"), "3"),
        (Decimal("1E+2"), "100"),
        (-0.0, "0"),
        (0.1, "0.1"),
        (np.float32(0.1), "0.1"),
        (Decimal("0.10"), "0.1"),
        (1e22, "1" + "0" * 22),
        (float("inf"), "inf"),
        (True, "True"),
        (np.bool_(False), "False"),
        ("3.0", "3.0"),
        (b"caf\xc3\xa9", "café"),
        (b"\xff", "\\xff"),
        (datetime.date(2026, 11, 23), "2026-11-23"),
        (pd.Timestamp("2026-11-23"), "2026-11-23 00:00:00"),
    ],
)
def test_the_text_of_a_value(value: Any, text: str) -> None:
    assert category_text(value) == text


TYPES = ["int64", "float64", "float32", "Int64", "Float64", "object", "category", "int64[pyarrow]", "double[pyarrow]"]


@pytest.mark.parametrize("dtype", TYPES)
def test_whole_numbers_have_one_text_in_every_type(dtype: str) -> None:
    assert category_texts(pd.Series([3, 1, 3]).astype(dtype)).tolist() == ["3", "1", "3"]


@pytest.mark.parametrize("dtype", ["Int64", "float64", "object", "category", "int64[pyarrow]"])
def test_a_missing_value_has_none(dtype: str) -> None:
    assert category_texts(pd.Series([3, None, 1]).astype(dtype)).tolist() == ["3", None, "1"]


def test_values_of_several_types_stay_apart() -> None:
    mixed = pd.Series([True, 1, 1.0, "1", "True", None, "nan", b"x"], dtype=object)
    assert category_texts(mixed).tolist() == ["True", "1", "1", "1", "True", None, "nan", "x"]


def test_a_time_has_the_same_text_beside_any_other() -> None:
    days, moments = (
        pd.Series(pd.to_datetime(["2026-11-23"])),
        pd.Series(pd.to_datetime(["2026-11-23T00:00", "2026-11-23T01:00"])),
    )
    assert category_texts(days)[0] == category_texts(moments)[0]


@given(st.lists(st.integers(-(2**53), 2**53), min_size=1))
def test_integers_and_floats_agree(values: list[int]) -> None:
    assert category_texts(pd.Series(values)).tolist() == category_texts(pd.Series(values, dtype=float)).tolist()


@pytest.mark.parametrize(
    ("column", "order"),
    [
        (pd.Series([10, 9, 10]), ("9", "10")),
        (pd.Series([10.0, 9.0, None]), ("9", "10")),
        (pd.Series(["b", "a"]), ("a", "b")),
        (pd.Series(["b", "a"], dtype=pd.CategoricalDtype(["b", "a"])), ("b", "a")),
        (pd.Series(["b", 10, "a", 9.0], dtype=object), ("10", "9", "a", "b")),
        (pd.Series([True, False]), ("False", "True")),
        (
            pd.Series(["b", "a"], dtype=pd.ArrowDtype(pa.dictionary(pa.int32(), pa.string()))),
            ("a", "b"),
        ),
    ],
    ids=[*"abcdefg"],
)
def test_the_order_is_that_of_the_values(column: "pd.Series[Any]", order: tuple[str, ...]) -> None:
    assert category_order(column) == order
