from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sequence_learning.features import sorted_runs as sorted_runs_
from sequence_learning.features.sorted_runs import sorted_runs
from tests.features.streams import streamed


@pytest.fixture
def many_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """One for every piece that a file is read in."""
    monkeypatch.setattr(sorted_runs_, "_COPIES", 10**9)
    monkeypatch.setattr(sorted_runs_, "_EVENTS_PER_BATCH", 3)


@pytest.mark.usefixtures("many_runs")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    n_rows=st.integers(1, 12),
    owners=st.lists(st.integers(0, 11), max_size=40),
    n_files=st.integers(1, 6),
    bounds=st.tuples(st.integers(0, 12), st.integers(0, 12)).map(sorted),
    seed=st.integers(0, 9),
)
def test_any_range_has_its_events_row_by_row_and_each_rows_as_given(
    tmp_path_factory: pytest.TempPathFactory,
    n_rows: int,
    owners: list[int],
    n_files: int,
    bounds: list[int],
    seed: int,
) -> None:
    ids = pd.Series(np.random.default_rng(seed).permutation(n_rows))
    events = pd.DataFrame({"id": np.array(owners, dtype=np.int64) % n_rows, "place": np.arange(len(owners))})
    stream = streamed(events, tmp_path_factory.mktemp("events"), n_files)
    row = pd.Index(ids).get_indexer(pd.Index(events["id"]))
    first, last = (min(bound, n_rows) for bound in bounds)
    inside = np.argsort(row, kind="stable")
    inside = inside[(row[inside] >= first) & (row[inside] < last)]
    with sorted_runs(stream, ["place", "id"], "id", ids, 64) as runs:
        found = runs.read(first, last)
        assert runs.lengths.tolist() == np.bincount(row, minlength=n_rows).tolist()
    expected = events.iloc[inside][["place", "id"]].reset_index(drop=True)
    pd.testing.assert_frame_equal(found, expected)


@pytest.mark.usefixtures("many_runs")
def test_events_of_nobody_are_counted_and_left_out(tmp_path: Path) -> None:
    events = pd.DataFrame({"id": ["x", "a", None, "y", "b", "x", "z", "v", "w", "u"], "place": range(10)})
    with sorted_runs(streamed(events, tmp_path), ["id", "place"], "id", pd.Series(["b", "a"]), 64) as runs:
        assert runs.read(0, 2)["place"].tolist() == [4, 1]
        assert (runs.nameless, runs.strangers) == (1, 7)
        assert runs.strange_ids == ("x", "y", "z", "v", "w")
        assert runs.lengths.tolist() == [1, 1]


@pytest.mark.usefixtures("many_runs")
@pytest.mark.parametrize(
    "values",
    [
        pd.to_timedelta(np.arange(12), "h"),
        pd.date_range("2026-01-01", periods=12, tz="Asia/Tokyo"),
        pd.Categorical(list("uvw") * 4, categories=["w", "u", "v"], ordered=True),
        np.arange(12, dtype=np.float16),
        pd.array([*range(11), None], dtype="Int32"),
        [[i] for i in range(12)],
        [b"x", None] * 6,
    ],
)
def test_types_are_kept(tmp_path: Path, values: object) -> None:
    events = pd.DataFrame({"id": list("abcabcabcabc"), "it": values})
    stream = streamed(events, tmp_path)
    expected = stream.to_table().to_pandas().sort_values("id", kind="stable", ignore_index=True)
    with sorted_runs(stream, ["id", "it"], "id", pd.Series(["a", "b", "c"]), 64) as runs:
        pd.testing.assert_frame_equal(runs.read(0, 3), expected)


def test_nothing_is_left_behind_and_no_events_are_a_table_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    none = pd.DataFrame({"id": pd.Series(dtype=np.int64), "place": pd.Series(dtype=np.float64)})
    with sorted_runs(streamed(none, tmp_path / "none"), ["id", "place"], "id", pd.Series([1, 2]), 64) as runs:
        pd.testing.assert_frame_equal(runs.read(0, 2), none)
    assert [path.name for path in tmp_path.iterdir()] == ["none"]
