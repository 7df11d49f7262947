from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sequence_learning.features import events as events_
from sequence_learning.features.events import chunks, count_by_id, events_of, head, is_stream, sampled
from sequence_learning.parameters import StreamParameters
from tests.features.streams import small_chunks, streamed
from tests.features.tables import small_entities, small_events, small_schema

__all__ = ["small_chunks"]
SCHEMA = small_schema()
COLUMNS = ["id", "step", "price", "kind"]


def test_only_files_are_a_stream(tmp_path: Path) -> None:
    assert is_stream(streamed(small_events(), tmp_path))
    assert not is_stream(small_events())
    assert not is_stream("events.parquet")


def test_the_head_has_columns_and_types_and_events_at_most_a_thousand(tmp_path: Path) -> None:
    many = pd.concat([small_events()] * 200, ignore_index=True)
    pd.testing.assert_frame_equal(head(streamed(many, tmp_path / "many")), many.head(1000))
    assert list(head(streamed(small_events().head(0), tmp_path / "none"))) == COLUMNS


def test_events_of_some_entities_are_the_same_of_a_table_and_of_a_stream(tmp_path: Path) -> None:
    ids = pd.Series(["c", "a", "h", "c"])
    of_table = events_of(small_events(), "id", ids)
    assert of_table["id"].tolist() == list("aaaccc")
    of_stream = events_of(streamed(small_events(), tmp_path), "id", ids)
    pd.testing.assert_frame_equal(of_stream, of_table.reset_index(drop=True))


def test_a_sample_of_a_table_or_of_a_small_stream_is_all_of_it(tmp_path: Path) -> None:
    for events in (small_events(), streamed(small_events(), tmp_path)):
        rows, theirs = sampled(small_entities(), events, SCHEMA, StreamParameters(sample_events=12))
        assert rows.tolist() == list(range(8))
        pd.testing.assert_frame_equal(theirs, small_events())


def test_a_sample_of_a_large_stream_has_all_events_of_rows_at_random(tmp_path: Path) -> None:
    events, few = streamed(small_events(unused="x"), tmp_path), {"sample_events": 6}
    drawn = [sampled(small_entities(), events, SCHEMA, StreamParameters(**few, seed=seed)) for seed in range(9)]
    for rows, theirs in drawn:
        assert rows.tolist() == sorted(set(rows.tolist()))
        assert 3 <= len(theirs) <= 6  # one more row would be too many
        expected = events_of(small_events(), "id", small_entities()["id"].iloc[rows])
        pd.testing.assert_frame_equal(theirs, expected.reset_index(drop=True))
    again, _ = sampled(small_entities(), events, SCHEMA, StreamParameters(**few, seed=0))
    assert again.tolist() == drawn[0][0].tolist()
    assert len({tuple(rows) for rows, _ in drawn}) > 1


def test_a_row_with_more_events_than_a_sample_may_have_is_not_in_it(tmp_path: Path) -> None:
    events = pd.DataFrame({"id": list("a" * 50 + "bc"), "step": range(52), "price": 1.0, "kind": "u"})
    for seed in range(5):
        limited = StreamParameters(sample_events=10, seed=seed)
        rows, theirs = sampled(small_entities(), streamed(events, tmp_path), SCHEMA, limited)
        assert rows.tolist() == list(range(1, 8))
        assert theirs["id"].tolist() == ["b", "c"]


def test_events_are_counted_by_id_of_a_table_and_of_a_stream(tmp_path: Path) -> None:
    for events in (small_events(), streamed(small_events(), tmp_path)):
        assert count_by_id(events, "id").to_dict() == {"a": 3, "b": 3, "c": 3, "d": 1, "e": 1, "f": 1}


@pytest.mark.parametrize("dtype", ["category", "string", "string[pyarrow]"])
def test_ids_may_be_text_of_any_type(tmp_path: Path, dtype: str) -> None:
    entities = small_entities(id=small_entities()["id"].astype(dtype))
    stream = streamed(small_events(id=small_events()["id"].astype(dtype)), tmp_path)
    rows, theirs = sampled(entities, stream, SCHEMA, StreamParameters(sample_events=9))
    assert 7 <= len(theirs) <= 9
    assert set(theirs["id"]) <= set(entities["id"].iloc[rows])
    with chunks(entities, stream, "id", COLUMNS, StreamParameters()) as pieces:
        assert [len(own) for _, own in pieces] == [12]


@pytest.mark.usefixtures("small_chunks")
def test_chunks_are_ranges_of_rows_with_all_their_events_in_order(tmp_path: Path) -> None:
    events = small_events().sample(frac=1, random_state=0, ignore_index=True)
    with chunks(small_entities(), streamed(events, tmp_path), "id", COLUMNS, StreamParameters()) as pieces:
        found = list(pieces)
    assert [(rows.start, rows.stop) for rows, _ in found] == [(0, 2), (2, 7), (7, 8)]
    for rows, theirs in found:
        ids = small_entities()["id"].iloc[rows]
        expected = pd.concat([events[events["id"] == name] for name in ids], ignore_index=True)
        pd.testing.assert_frame_equal(theirs, expected, check_dtype=len(theirs) > 0)


@pytest.mark.usefixtures("small_chunks")
def test_a_row_with_more_events_than_a_chunk_is_one(tmp_path: Path) -> None:
    events = pd.DataFrame({"id": list("b" * 20 + "a"), "step": np.arange(21)})
    with chunks(small_entities(), streamed(events, tmp_path), "id", ["id", "step"], StreamParameters()) as pieces:
        found = [(rows.start, rows.stop, len(own)) for rows, own in pieces]
    assert found == [(0, 1, 1), (1, 2, 20), (2, 7, 0), (7, 8, 0)]


def test_wide_events_make_small_chunks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events_, "_BYTES_PER_CHUNK", 200)
    with chunks(small_entities(), streamed(small_events(), tmp_path), "id", COLUMNS, StreamParameters()) as pieces:
        assert max(len(own) for _, own in pieces) < 12
