"""What a column holds, whatever type it is stored in."""

import uuid
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from sequence_learning.features.errors import DataError
from sequence_learning.features.kinds import holds_single_values, kind_of, to_floats
from tests.features.tables import STAMPS


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1, 2.5, None], "numbers"),
        ([Decimal(1), None], "numbers"),
        ([True, None], "booleans"),
        (["a", None], "text"),
        ([b"a", None], "bytes"),
        ([None, None], "nothing"),
        ([], "nothing"),
        ([1, "a"], "int and str"),
        ([uuid.UUID(int=1)], "UUID"),
        ([[1], {"a": 1}, None], "dict and list"),
    ],
    ids=str,
)
def test_objects_are_told_by_their_values(values: list[Any], kind: str) -> None:
    assert kind_of(pd.Series(values, dtype=object)) == kind


@pytest.mark.parametrize(
    ("dtype", "kind"),
    [
        ("int8", "numbers"),
        ("Float64", "numbers"),
        ("category", "numbers"),
        ("bool", "booleans"),
        ("boolean", "booleans"),
        ("string", "text"),
        ("str", "text"),
        ("timedelta64[s]", "durations"),
        ("complex128", "complex"),
        (pd.ArrowDtype(pa.decimal128(38, 2)), "numbers"),
        (pd.ArrowDtype(pa.string()), "text"),
    ],
    ids=str,
)
def test_types_are_told(dtype: Any, kind: str) -> None:
    assert kind_of(pd.Series([1, 0]).astype(dtype)) == kind


@pytest.mark.parametrize("column", [one for name, one in STAMPS.items() if not name.startswith("text")])
def test_time_stamps_are_told(column: "pd.Series[Any]") -> None:
    assert kind_of(column) == "time stamps"


@pytest.mark.parametrize(
    "column",
    [
        pd.Series([1, None], dtype="Int64"),
        pd.Series([1, None], dtype="float32"),
        pd.Series([True, None], dtype="boolean"),
        pd.Series([True, None], dtype=object),
        pd.Series([Decimal(1), None]),
        pd.Series([1, None], dtype="category"),
        pd.Series([1, None], dtype="int64[pyarrow]"),
        pd.Series([Decimal(1), None], dtype=pd.ArrowDtype(pa.decimal128(5, 2))),
    ],
    ids=lambda column: str(column.dtype),
)
def test_numbers_of_any_type_become_floats(column: "pd.Series[Any]") -> None:
    floats = to_floats(column)
    assert floats.dtype == np.float64
    np.testing.assert_array_equal(floats, [1, np.nan])


def test_numbers_beyond_the_largest_float_are_infinite() -> None:
    np.testing.assert_array_equal(
        to_floats(pd.Series([10**400, -(10**400), None, 1], dtype=object)), [np.inf, -np.inf, np.nan, 1]
    )


@pytest.mark.parametrize("column", [pd.Series([None, None]), pd.Series([pd.NaT, pd.NaT])])
def test_a_column_of_nothing_is_missing_numbers(column: "pd.Series[Any]") -> None:
    np.testing.assert_array_equal(to_floats(column), [np.nan, np.nan])


def test_other_kinds_are_no_numbers() -> None:
    with pytest.raises(DataError, match="numbers are needed, but 'size' holds text; convert it, or list it as categ"):
        to_floats(pd.Series(["1"], name="size"))


@pytest.mark.parametrize("value", [[1], (1,), {1}, {"a": 1}, np.array([1])], ids=lambda value: type(value).__name__)
def test_containers_are_no_single_values(value: Any) -> None:
    assert not holds_single_values(pd.Series(["a", value], dtype=object))


@pytest.mark.parametrize(
    ("dtype", "single"),
    [(pa.list_(pa.int64()), False), (pa.struct([("a", pa.int64())]), False), (pa.string(), True), (pa.int8(), True)],
    ids=str,
)
def test_nested_types_are_no_single_values(dtype: pa.DataType, single: bool) -> None:
    assert holds_single_values(pd.Series([None, None], dtype=pd.ArrowDtype(dtype))) == single
