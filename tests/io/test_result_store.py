import json
from pathlib import Path

import pytest

from sequence_learning.io.result_store import ResultStore
from sequence_learning.io.result_store_dataset import ResultStoreDataset

RESULT = {"task": "order_free", "score": 0.1 + 0.2, "learned": [1.0, 2.5], "explains": None}


def test_a_result_comes_back_as_it_was_written(tmp_path: Path) -> None:
    store = ResultStore(tmp_path / "not" / "there")
    assert "a" not in store
    store.write("a", RESULT)
    assert "a" in store
    assert "b" not in store
    assert store.read("a") == RESULT


def test_another_store_of_the_same_folder_holds_the_same(tmp_path: Path) -> None:
    ResultStore(tmp_path).write("a", RESULT)
    assert ResultStore(tmp_path).read("a") == RESULT
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


def test_a_result_is_replaced_as_a_whole(tmp_path: Path) -> None:
    store = ResultStore(tmp_path)
    store.write("a", RESULT)
    store.write("a", {"score": 1})
    assert store.read("a") == {"score": 1}


def test_a_result_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def write_half(path: Path, text: str) -> None:
        path.write_bytes(text[: len(text) // 2].encode())
        raise KeyboardInterrupt

    store = ResultStore(tmp_path)
    store.write("a", RESULT)
    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_text", write_half)
        for key in ("a", "b"):
            with pytest.raises(KeyboardInterrupt):
                store.write(key, {"score": 1})
    assert store.read("a") == RESULT
    assert "b" not in store
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


def test_half_a_file_that_a_killed_process_left_is_no_result(tmp_path: Path) -> None:
    (tmp_path / ".a.json.partial").write_text(json.dumps(RESULT)[:20])
    store = ResultStore(tmp_path)
    assert "a" not in store
    store.write("a", RESULT)
    assert store.read("a") == RESULT


def test_what_is_no_json_is_refused(tmp_path: Path) -> None:
    store = ResultStore(tmp_path)
    with pytest.raises(TypeError):
        store.write("a", {"path": tmp_path})
    assert "a" not in store


def test_the_catalog_entry_loads_as_a_store_that_is_empty_at_first(tmp_path: Path) -> None:
    dataset = ResultStoreDataset(filepath=str(tmp_path / "trials"))
    assert dataset.exists()
    assert "a" not in dataset.load()
    dataset.load().write("a", RESULT)
    assert dataset.load().read("a") == RESULT
    assert str(tmp_path / "trials") in str(dataset)


def test_the_catalog_entry_is_not_for_outputs(tmp_path: Path) -> None:
    dataset = ResultStoreDataset(filepath=str(tmp_path))
    with pytest.raises(Exception, match="make it an input"):
        dataset.save(ResultStore(tmp_path))  # type: ignore[arg-type]
