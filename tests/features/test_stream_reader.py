from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.dataset as pads
import pytest

from sequence_learning.features.errors import DataError
from sequence_learning.features.sorted_runs import sorted_runs
from sequence_learning.features.stream_reader import StreamReader


def read(events: pads.Dataset, *columns: str) -> pd.DataFrame:
    reader = StreamReader(events, list(columns))
    return reader.to_pandas(list(reader))


def files(folder: Path, *tables: pd.DataFrame) -> pads.Dataset:
    for i, table in enumerate(tables):
        table.to_parquet(folder / f"{i}.parquet", index=False)
    return pads.dataset(folder)


def test_categories_that_differ_from_file_to_file_are_their_values(tmp_path: Path) -> None:
    values = [[f"{k}_{i}" for i in range(100)] for k in range(3)]
    stream = files(tmp_path, *(pd.DataFrame({"kind": pd.Categorical(own)}) for own in values))
    assert read(stream, "kind")["kind"].tolist() == [value for own in values for value in own]


def test_ordered_categories_must_be_the_same_in_all_files(tmp_path: Path) -> None:
    same = pd.DataFrame({"size": pd.Categorical(["l", "s"], ["s", "m", "l"], ordered=True)})
    assert read(files(tmp_path, same, same), "size")["size"].cat.categories.tolist() == ["s", "m", "l"]
    other = pd.DataFrame({"size": pd.Categorical(["s"], ["s", "l"], ordered=True)})
    with pytest.raises(
        DataError, match="ordered categories must be the same in all files of a stream, but those of 'size'"
    ):
        read(files(tmp_path, same, other), "size")


def test_whole_numbers_with_gaps_anywhere_are_floats_everywhere_as_in_a_table(tmp_path: Path) -> None:
    large = 2**53 + 1
    tables = [pd.DataFrame({"id": [0, 1], "code": [large, 7]}), pd.DataFrame({"id": [1, 2], "code": [3.0, None]})]
    tables[1]["code"] = tables[1]["code"].astype("Int64")
    stream = files(tmp_path, tables[0], tables[1])
    with sorted_runs(stream, ["id", "code"], "id", pd.Series([0, 1, 2]), 64) as runs:
        found = [runs.read(row, row + 1)["code"] for row in range(3)]
    assert {own.dtype for own in found} == {np.dtype("float64")}
    assert found[0].tolist() == [float(large)]


@pytest.mark.parametrize(
    ("second", "reason"),
    [(pd.DataFrame({"x": [1.5]}), "truncated"), (pd.DataFrame({"x": ["a"]}), "parse")],
)
def test_a_file_that_says_something_else_of_a_column_is_named(
    tmp_path: Path, second: pd.DataFrame, reason: str
) -> None:
    stream = files(tmp_path, pd.DataFrame({"x": [1, 2]}), second)
    with pytest.raises(
        DataError, match=rf"that the first has, but .*1\.parquet is not: .*{reason}.*; write either of the two anew"
    ):
        read(stream, "x")


def test_a_file_that_is_broken_is_named(tmp_path: Path) -> None:
    stream = files(tmp_path, pd.DataFrame({"x": range(1000)}), pd.DataFrame({"x": range(1000)}))
    whole = (tmp_path / "1.parquet").read_bytes()
    (tmp_path / "1.parquet").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataError, match=r"must be readable.*1\.parquet is not"):
        read(stream, "x")


def test_a_file_that_lacks_a_column_is_named_and_one_that_has_more_is_not(tmp_path: Path) -> None:
    stream = files(tmp_path, pd.DataFrame({"x": [1], "y": [2]}), pd.DataFrame({"x": [1], "y": [2], "z": [3]}))
    assert read(stream, "x", "y")["y"].tolist() == [2, 2]
    stream = files(tmp_path, pd.DataFrame({"x": [1], "y": [2]}), pd.DataFrame({"x": [1], "Y": [2]}))
    with pytest.raises(DataError, match=r"must have the same columns, but .*1\.parquet lacks y; write it anew"):
        read(stream, "x", "y")
