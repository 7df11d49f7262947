from typing import Any

import numpy as np
import pandas as pd
import pytest

from sequence_learning.evaluation.data_summary import summarise_columns, summarise_parts
from sequence_learning.features.errors import DataError
from tests.features.tables import small_entities, small_events, small_schema

PARTS_OF_ROWS = ["train", "train", "train", "validation", "validation", "test", "test", "test"]


def split(unit: Any = range(8)) -> pd.DataFrame:
    return pd.DataFrame({"id": list("abcdefgh"), "part": PARTS_OF_ROWS, "unit": unit})


def summaries(entities: pd.DataFrame | None = None, **schema: Any) -> tuple[pd.DataFrame, pd.DataFrame]:
    entities = small_entities() if entities is None else entities
    of_rows, roles = split([0, 0, 1, 2, 2, 3, 4, 3]), small_schema(**schema)
    by_part = summarise_parts(entities, small_events()["id"].value_counts(), of_rows, roles)
    return by_part.set_index("part"), summarise_columns(entities, small_events(), of_rows, roles)


def test_rows_units_and_lengths_by_part() -> None:
    by_part, _ = summaries()
    assert list(by_part.index) == ["train", "validation", "test"]
    assert by_part["rows"].tolist() == [3, 2, 3]
    assert by_part["units"].tolist() == [2, 1, 2]
    lengths = ["length_min", "length_median", "length_95", "length_max", "empty"]
    assert by_part.loc["train", lengths].tolist() == [3, 3, 3, 3, 0]
    assert by_part.loc["test", lengths].tolist() == pytest.approx([0, 0, 0.9, 1, 2 / 3])


def test_a_regression_target_by_part() -> None:
    by_part, _ = summaries()
    target = [f"target_{name}" for name in ("mean", "std", "25", "50", "75")]
    assert by_part.loc["train", target].tolist() == pytest.approx([3, 2, 2, 3, 4])
    assert by_part.loc["validation", target].tolist() == pytest.approx([8, 2**0.5, 7.5, 8, 8.5])


def test_classes_by_part_even_where_one_has_none() -> None:
    by_part, _ = summaries(small_entities(y=list("xyxyyzyx")), task="multiclass")
    assert by_part.loc["train", ["share_x", "share_y", "share_z"]].tolist() == pytest.approx([2 / 3, 1 / 3, 0])
    assert by_part.loc["test", ["share_x", "share_y", "share_z"]].tolist() == pytest.approx([1 / 3, 1 / 3, 1 / 3])
    assert not by_part.columns.str.startswith("target").any()


def test_every_column_has_its_role() -> None:
    _, by_column = summaries(group="shop", time="step", prediction_time="size")
    assert list(by_column[["table", "column", "role"]].itertuples(index=False, name=None)) == [
        ("entities", "id", "id"),
        ("entities", "y", "target"),
        ("entities", "shop", "group"),
        ("entities", "size", "prediction_time"),
        ("entities", "size", "numeric"),
        ("entities", "shop", "categorical"),
        ("events", "id", "id"),
        ("events", "step", "order"),
        ("events", "step", "time"),
        ("events", "price", "channels"),
        ("events", "kind", "categorical_channels"),
    ]
    assert by_column.loc[by_column["shift_measure"].isna(), "role"].tolist() == [
        "id",
        "group",
        "prediction_time",
        "id",
        "order",
        "time",
    ]


def test_missing_and_distinct_values_of_columns() -> None:
    _, by_column = summaries()
    by_role = by_column[by_column["table"] == "entities"].set_index("role")
    assert by_role["missing"].to_dict() == {"id": 0, "target": 0, "numeric": 1 / 8, "categorical": 1 / 8}
    assert by_role["distinct"].to_dict() == {"id": 8, "target": 8, "numeric": 7, "categorical": 3}
    assert by_role.loc["numeric", "dtype"] == "float64"


def test_shifts_from_training_to_test_rows() -> None:
    _, by_column = summaries()
    shift = by_column.set_index("role")["shift"]
    # Training sizes are 1 and 2, those of test rows 6, 7 and 8.
    assert shift["numeric"] == pytest.approx((7 - 1.5) / 0.5)
    # Training shops are x, y, x; those of test rows x, y, x.
    assert shift["categorical"] == 0
    # The only event of a test row is f's.
    assert shift["channels"] == pytest.approx((11 - 4) / np.arange(9).std())
    assert shift["categorical_channels"] == pytest.approx(5 / 9)
    assert by_column.set_index("role")["shift_measure"][["target", "numeric", "categorical"]].tolist() == [
        "smd",
        "smd",
        "tvd",
    ]


def test_a_missing_category_is_one_of_its_own() -> None:
    _, by_column = summaries(small_entities(shop=["x", "x", "x", "x", "x", None, np.nan, "x"]))
    assert by_column.set_index("role")["shift"]["categorical"] == pytest.approx(2 / 3)


@pytest.mark.filterwarnings("error")
def test_constants_and_columns_without_numbers() -> None:
    def shift(size: Any) -> float:
        return float(summaries(small_entities(size=size))[1].set_index("role")["shift"]["numeric"])

    assert shift(1.0) == 0
    assert shift([1.0] * 5 + [2.0] * 3) == np.inf
    assert shift([0.0] * 5 + [-2.0] * 3) == -np.inf
    assert np.isnan(shift([1.0] * 5 + [np.nan] * 3))
    assert shift(pd.array([True, False, None, True, True, True, True, True], dtype="boolean")) == 1.0


def test_a_split_of_other_rows_is_refused() -> None:
    with pytest.raises(DataError, match="the 8 rows that were split"):
        summarise_columns(small_entities().iloc[::-1], small_events(), split(), small_schema())
