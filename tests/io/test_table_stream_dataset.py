from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pandas as pd
import pytest
from kedro.io.core import DatasetError

from sequence_learning.features.categories import category_texts
from sequence_learning.features.stream_reader import StreamReader
from sequence_learning.io.table_stream_dataset import TableStreamDataset, summary_of
from tests.object_store import object_store

PIECES = [pd.DataFrame({"id": ["a", "b"], "p": [1.0, 2.0]}), pd.DataFrame({"id": ["c"], "p": [None]})]


class Stream:
    """Pieces that know their number when all were taken, and may break off."""

    def __init__(self, pieces: list[pd.DataFrame], error: Exception | None = None) -> None:
        self.pieces, self.error = pieces, error
        self.summary: dict[str, Any] = {}

    def __iter__(self) -> Iterator[pd.DataFrame]:
        yield from self.pieces
        if self.error:
            raise self.error
        self.summary = {"pieces": len(self.pieces)}


@pytest.fixture
def dataset(tmp_path: Path) -> TableStreamDataset:
    return TableStreamDataset(filepath=str(tmp_path / "scored" / "scored.parquet"))


def test_pieces_become_one_table_that_knows_its_summary(dataset: TableStreamDataset) -> None:
    assert not dataset.exists()
    dataset.save(Stream(PIECES))
    table = dataset.load()
    assert summary_of(table) == {"pieces": 2}
    pd.testing.assert_frame_equal(
        table.to_table().to_pandas(), pd.DataFrame({"id": ["a", "b", "c"], "p": [1.0, 2.0, None]})
    )


@pytest.mark.parametrize("pieces", [[], PIECES], ids=["at once", "late"])
def test_a_stream_that_breaks_off_leaves_what_was_there(
    dataset: TableStreamDataset, tmp_path: Path, pieces: list[pd.DataFrame]
) -> None:
    dataset.save(Stream(PIECES[:1]))
    with pytest.raises(DatasetError, match="a rule is broken"):
        dataset.save(Stream(pieces, ValueError("a rule is broken")))
    assert [path.name for path in (tmp_path / "scored").iterdir()] == ["scored.parquet"]
    assert summary_of(dataset.load()) == {"pieces": 1}


def test_folders_named_by_a_value_give_a_column_as_in_pandas(tmp_path: Path) -> None:
    for day, piece in enumerate(PIECES):
        piece.assign(day=day).to_parquet(tmp_path / "events", partition_cols=["day"])
    found = TableStreamDataset(filepath=str(tmp_path / "events")).load()
    reader = StreamReader(found, ["id", "p", "day"])
    table = reader.to_pandas(list(reader))
    expected = pd.read_parquet(tmp_path / "events")
    pd.testing.assert_frame_equal(table.astype({"day": int}), expected.astype({"day": int}))


def test_an_empty_cell_of_csv_is_missing_as_in_pandas(tmp_path: Path) -> None:
    (tmp_path / "events.csv").write_text("id,kind,price\na,,1.5\nb,u,\n")
    table = TableStreamDataset(filepath=str(tmp_path / "events.csv"), file_format="csv").load().to_table().to_pandas()
    pd.testing.assert_frame_equal(table, pd.read_csv(tmp_path / "events.csv"))


@pytest.mark.parametrize("file_format", ["parquet", "csv"])
def test_types_hold_what_all_files_have(tmp_path: Path, file_format: Literal["parquet", "csv"]) -> None:
    pieces = [
        pd.DataFrame({"id": [1, 2], "price": [3, 4], "note": [None, None], "size": [1.5, None], "at": ["08:11", "x"]}),
        pd.DataFrame({"id": [3], "price": [0.5], "note": ["late"], "size": [2], "at": ["08:12"], "more": [1]}),
    ]
    for i, piece in enumerate(pieces):
        path = tmp_path / f"{i}.{file_format}"
        piece.to_csv(path, index=False) if file_format == "csv" else piece.to_parquet(path, index=False)
    found = TableStreamDataset(filepath=str(tmp_path), file_format=file_format).load().to_table().to_pandas()
    expected = pd.DataFrame(
        {
            "id": [1, 2, 3],
            "price": [3, 4, 0.5],
            "note": [None, None, "late"],
            "size": [1.5, None, 2],
            "at": ["08:11", "x", "08:12"],
        }
    )
    pd.testing.assert_frame_equal(found, expected, check_dtype=False)
    assert found["id"].dtype == "int64"


def test_what_pandas_noted_of_a_column_is_kept_unless_its_type_is_another(tmp_path: Path) -> None:
    whole = pd.DataFrame({"n": pd.array([1, None], dtype="Int64")})
    whole.to_parquet(tmp_path / "0.parquet")
    dataset = TableStreamDataset(filepath=str(tmp_path))
    pd.testing.assert_frame_equal(dataset.load().to_table().to_pandas(), whole)
    pd.DataFrame({"n": [0.5]}).to_parquet(tmp_path / "1.parquet")
    assert dataset.load().to_table().to_pandas()["n"].tolist()[::2] == [1, 0.5]


def test_files_whose_types_do_not_go_together_are_told_when_they_are_read(tmp_path: Path) -> None:
    for i, (prices, size) in enumerate((([1, 2], 1), (["dear"], 0.5))):
        pd.DataFrame({"price": prices, "size": size}).to_parquet(tmp_path / f"{i}.parquet")
    found = TableStreamDataset(filepath=str(tmp_path)).load()
    assert found.to_table(columns=["size"]).to_pandas()["size"].tolist() == [1, 1, 0.5]  # the others are widened
    with pytest.raises(ValueError, match=r"columns of the types that the first has, but .*1\.parquet"):
        list(StreamReader(found, ["price"]))


def test_a_missing_file_and_a_file_of_another_kind_are_refused(dataset: TableStreamDataset, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"a table must be there to be read, but .*scored.parquet is not; put it"):
        dataset.load()
    (tmp_path / "scored").mkdir()
    (tmp_path / "scored" / "scored.parquet").write_text("id,p\na,1\n")
    with pytest.raises(DatasetError, match=r"must be parquet, but: .*correct the file, or file_format in the catalog"):
        dataset.load()


@pytest.mark.parametrize(
    "cells",
    [
        ("08:11", "08:12:30", ""),
        ("2026-11-23", "", "2026-11-24"),
        ("2026-11-23 08:11", "2026-11-23 08:12", "2026-11-24 00:00"),
        ("2026-11-23T08:11:00Z", "2026-11-23T08:12:00Z", "None"),
        ("007", "8", ""),
        ("1.50", "2", "<NA>"),
        ("True", "False", ""),
        ("NA", "a", "b"),
    ],
)
def test_a_category_of_csv_is_that_of_pandas(tmp_path: Path, cells: tuple[str, ...]) -> None:
    path = tmp_path / "events.csv"
    path.write_text("\n".join(["id,kind", *(f"a,{cell}" for cell in cells), ""]))
    found = TableStreamDataset(filepath=str(path), file_format="csv").load().to_table().to_pandas()
    assert category_texts(found["kind"]).tolist() == category_texts(pd.read_csv(path)["kind"]).tolist()


def test_a_folder_of_an_object_store_is_read_piece_by_piece_and_nothing_is_written_there(tmp_path: Path) -> None:
    with object_store("lake") as credentials:
        for i, piece in enumerate(PIECES):
            piece.to_parquet(f"s3://lake/events/{i}.parquet", storage_options=credentials)
        PIECES[0].to_csv("s3://lake/events.csv", index=False, storage_options=credentials)
        dataset = TableStreamDataset(filepath="s3://lake/events", credentials=credentials)
        assert dataset.exists()
        expected = pd.DataFrame({"id": ["a", "b", "c"], "p": [1.0, 2.0, None]})
        pd.testing.assert_frame_equal(dataset.load().to_table().to_pandas(), expected)
        as_csv = TableStreamDataset(filepath="s3://lake/events.csv", file_format="csv", credentials=credentials)
        pd.testing.assert_frame_equal(as_csv.load().to_table().to_pandas(), PIECES[0])
        with pytest.raises(DatasetError, match="s3://lake/none is not; put it there"):
            TableStreamDataset(filepath="s3://lake/none", credentials=credentials).load()
        with pytest.raises(DatasetError, match="to a local file, got s3://lake/events; name one in the catalog"):
            dataset.save(Stream(PIECES))
