from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as pads
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sequence_learning.features.errors import DataError
from sequence_learning.inference.ordered_tables import ordered_tables
from sequence_learning.io.table_stream_dataset import TableStreamDataset
from tests.features.tables import small_entities, small_events

COLUMNS = (("id", "size", "shop"), ("id", "step", "price", "kind"))


def in_ranges(entities: Any, events: Any, size: int, columns: Any = COLUMNS) -> list[Any]:
    with ordered_tables(entities, events, *columns, 64) as tables:
        return [tables.read(first, min(first + size, len(tables))) for first in range(0, len(tables), size)]


def together(ranges: list[Any]) -> tuple[pd.DataFrame, pd.DataFrame]:
    entities, events = zip(*ranges, strict=True)
    return pd.concat(entities, ignore_index=True), pd.concat(events, ignore_index=True)


@given(
    n_entities=st.integers(1, 12),
    owners=st.lists(st.integers(0, 11), max_size=40),
    size=st.integers(1, 13),
    seed=st.integers(0, 9),
)
def test_ranges_hold_entities_in_their_order_and_each_with_its_events_as_given(
    n_entities: int, owners: list[int], size: int, seed: int
) -> None:
    ids = np.random.default_rng(seed).permutation(n_entities)
    entities = pd.DataFrame({"id": ids, "size": np.arange(n_entities, dtype=float)})
    events = pd.DataFrame({"id": np.array(owners, dtype=np.int64) % n_entities, "price": np.arange(len(owners))})
    ranges = in_ranges(entities, events, size, (("id", "size"), ("id", "price")))
    for of_range, theirs in ranges:
        assert set(theirs["id"]) <= set(of_range["id"])
    all_entities, all_events = together(ranges)
    pd.testing.assert_frame_equal(all_entities, entities)
    row = pd.Index(ids).get_indexer(pd.Index(events["id"]))
    expected = events.iloc[np.argsort(row, kind="stable")].reset_index(drop=True)
    pd.testing.assert_frame_equal(all_events, expected, check_dtype=bool(len(events)))


def test_a_file_of_many_pieces_keeps_its_order(tmp_path: Path) -> None:
    entities = pd.DataFrame({"id": np.arange(500)[::-1], "size": 1.0})
    events = pd.DataFrame({"id": np.arange(5000) % 500, "place": np.arange(5000)})
    for k in range(5):
        events[k * 1000 : (k + 1) * 1000].to_parquet(tmp_path / f"part_{k}.parquet", row_group_size=100)
    _, found = together(in_ranges(entities, pads.dataset(tmp_path), 7, (("id", "size"), ("id", "place"))))
    assert (found.groupby("id")["place"].diff().dropna() == 500).all()
    assert len(found) == 5000


@pytest.mark.parametrize("written", ["parquet", "csv", "arrow"])
def test_a_table_may_be_a_file_of_parquet_or_csv_or_an_arrow_table(tmp_path: Path, written: str) -> None:
    sources = []
    for name, table in (("entities", small_entities()), ("events", small_events())):
        path = tmp_path / f"{name}.{written}"
        if written == "parquet":
            table.to_parquet(path)
        else:
            table.to_csv(path, index=False)
        arrow = pa.Table.from_pandas(table)
        sources.append(
            arrow if written == "arrow" else TableStreamDataset(filepath=str(path), file_format=written).load()
        )
    expected = together(in_ranges(small_entities(), small_events(), 3))
    for found, table in zip(together(in_ranges(*sources, 3)), expected, strict=True):
        pd.testing.assert_frame_equal(found, table, check_dtype=written != "csv")


def test_lengths_count_the_events_of_each_entity() -> None:
    with ordered_tables(small_entities(), small_events(), *COLUMNS, 64) as tables:
        assert tables.lengths(1, 8).tolist() == [3, 3, 1, 1, 1, 0, 0]


def test_names_that_differ_by_case_alone_are_two_columns() -> None:
    entities = small_entities(Size=np.arange(8.0), row=3.0)
    found, _ = together(in_ranges(entities, small_events(), 3, (("id", "Size", "size", "row"), ("id", "step"))))
    pd.testing.assert_frame_equal(found, entities[["id", "Size", "size", "row"]])


def test_time_stamps_keep_their_zone_apart_from_its_name() -> None:
    moments = pd.date_range("2026-03-28", periods=8, freq="7h", tz="Europe/Berlin")
    found, _ = together(in_ranges(small_entities(size=moments), small_events(), 3))
    assert (found["size"] == moments).all()


@pytest.mark.parametrize("written", ["parquet", "pandas"])
@pytest.mark.parametrize(
    "values",
    [
        pd.to_timedelta([*range(7), None], unit="h"),
        np.array([0.1, *range(6), np.nan], dtype=np.float16),
        pd.Categorical([*"zxyzxyz", None], [*"zyxw"], ordered=True),
    ],
    ids=["durations", "float16", "ordered categories"],
)
def test_types_that_duckdb_lacks_come_back(tmp_path: Path, values: Any, written: str) -> None:
    entities, events = small_entities(size=values), small_events()
    events["price"] = pd.Series(values).take(np.arange(len(events)) % 8).array
    expected = entities["size"], events.set_index("step", append=True)["price"]
    sources = [entities, events]
    if written == "parquet":
        for k, table in enumerate((entities, events)):
            table.to_parquet(tmp_path / f"{k}.parquet", row_group_size=3)
            sources[k] = pads.dataset(tmp_path / f"{k}.parquet")
    found, found_events = together(in_ranges(*sources, 3))
    pd.testing.assert_series_equal(found["size"], expected[0])
    assert found_events["price"].dtype == events["price"].dtype
    by = ["id", "step"]
    pd.testing.assert_frame_equal(
        found_events.sort_values(by, ignore_index=True),
        events[list(found_events)].sort_values(by, ignore_index=True),
    )


def test_ordered_categories_that_change_are_refused(tmp_path: Path) -> None:
    for name, categories in (("a", [*"xyz"]), ("b", [*"zyx"])):
        entities = small_entities(size=pd.Categorical([*"xyzxyzxy"], categories, ordered=True))
        entities.assign(id=entities["id"] + name).to_parquet(tmp_path / f"{name}.parquet")
    with pytest.raises(DataError, match="ordered categories must be the same in the whole table, but those of 'size'"):
        in_ranges(pads.dataset(tmp_path), small_events(id="aa"), 3)


def test_ids_that_are_ordered_categories_are_matched_by_their_values() -> None:
    entities, events = small_entities(), small_events()
    expected = together(in_ranges(entities, events, 3))
    ids = list(entities["id"])
    coded = entities.assign(id=pd.Categorical(ids, ids, ordered=True))
    other = events.assign(id=pd.Categorical(events["id"], ids[::-1], ordered=True))
    for found, table in zip(together(in_ranges(coded, other, 3)), expected, strict=True):
        pd.testing.assert_frame_equal(found, table)


def test_everything_wrong_with_the_ids_is_told_at_once() -> None:
    entities = small_entities(id=["a", "b", "b", None, "e", "f", "b", None])
    events = small_events(id=[*"aaabbbxxx", None, "y", "f"])
    with pytest.raises(DataError) as error:
        in_ranges(entities, events, 3)
    missing, repeated, orphans = str(error.value).splitlines()
    assert missing == (
        "ids in entities must not be missing, but 2 rows break it (row 3, row 7); fill them in or drop these rows"
    )
    assert repeated == "ids in entities must be unique, but 2 rows break it (id b); remove the repeated rows"
    assert orphans == (
        "every event must belong to an entity, but 5 rows break it (id x, a missing id, id y); "
        "add the entities or drop the events"
    )


def test_ids_of_two_types_are_refused() -> None:
    with pytest.raises(
        DataError, match="ids must be of one type in both tables, but are BIGINT in entities and VARCHAR"
    ):
        in_ranges(small_entities(id=np.arange(8)), small_events(), 3)


def test_a_column_of_several_types_is_refused() -> None:
    with pytest.raises(DataError, match=r"a column must hold values of one type, but .*column shop.*; convert it"):
        in_ranges(small_entities(shop=[1, "x", *"abcdef"]), small_events(), 3)


def test_a_file_that_breaks_off_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    small_events().to_csv(path, index=False)
    events = pads.dataset(path, format="csv")
    with path.open("a") as file:
        file.write("a,3,1,u,5\n")
    with pytest.raises(DataError, match=r"both tables must be readable to their end, but .*Expected 4 columns, got 5"):
        in_ranges(small_entities(), events, 3)


def test_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with ordered_tables(small_entities(), small_events(), *COLUMNS, 64):
        assert any(tmp_path.iterdir())
    assert not any(tmp_path.iterdir())
    with pytest.raises(DataError, match="ids in entities must be unique"):
        in_ranges(small_entities(id=["a"] * 8), small_events(), 3)
    assert not any(tmp_path.iterdir())
