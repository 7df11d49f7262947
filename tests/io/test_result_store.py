import json
import multiprocessing
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from sequence_learning import atomic
from sequence_learning.io.result_store import ResultStore
from sequence_learning.io.result_store_dataset import ResultStoreDataset

RESULT = {"task": "order_free", "score": 0.1 + 0.2, "learned": [1.0, 2.5], "explains": None}


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_result_comes_back_as_it_was_written(tmp_path: Path) -> None:
    store = ResultStore(tmp_path / "not" / "there")
    assert store.get("a") is None
    store.write("a", RESULT)
    assert store.get("a") == RESULT
    assert store.get("b") is None


def test_another_store_of_the_same_folder_holds_the_same(tmp_path: Path) -> None:
    ResultStore(tmp_path).write("a", RESULT)
    assert ResultStore(tmp_path).get("a") == RESULT
    assert names(tmp_path) == ["a.json"]


def test_a_result_is_replaced_as_a_whole(tmp_path: Path) -> None:
    store = ResultStore(tmp_path)
    store.write("a", RESULT)
    store.write("a", {"score": 1})
    assert store.get("a") == {"score": 1}


@pytest.mark.parametrize("text", [b"", json.dumps(RESULT).encode()[:20], b"\xff\xfe"])
def test_what_cannot_be_read_is_no_result_and_the_next_write_mends_it(tmp_path: Path, text: bytes) -> None:
    """A machine that lost its power may leave a file that is empty."""
    (tmp_path / "a.json").write_bytes(text)
    store = ResultStore(tmp_path)
    assert store.get("a") is None
    store.write("a", RESULT)
    assert store.get("a") == RESULT


def _write_half(path: Path, text: str, error: BaseException) -> None:
    path.write_bytes(text[: len(text) // 2].encode())
    raise error


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError("the disk is full")])
def test_a_result_that_cannot_be_written_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    store = ResultStore(tmp_path)
    store.write("a", RESULT)
    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_text", lambda path, text, encoding: _write_half(path, text, error))
        for key in ("a", "b"):
            with pytest.raises(type(error)):
                store.write(key, {"score": 1})
    assert store.get("a") == RESULT
    assert store.get("b") is None
    assert names(tmp_path) == ["a.json"]


def test_what_is_no_json_is_refused_and_leaves_what_there_was(tmp_path: Path) -> None:
    store = ResultStore(tmp_path)
    store.write("a", RESULT)
    for key in ("a", "b"):
        with pytest.raises(TypeError):
            store.write(key, {"path": tmp_path})
    assert store.get("a") == RESULT
    assert names(tmp_path) == ["a.json"]


def test_half_a_file_that_a_killed_process_left_is_no_result(tmp_path: Path) -> None:
    (tmp_path / ".a.17.partial").write_text(json.dumps(RESULT)[:20])
    store = ResultStore(tmp_path)
    assert store.get("a") is None
    store.write("a", RESULT)
    assert store.get("a") == RESULT


def test_a_process_that_writes_the_same_key_meanwhile_disturbs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It begins and ends while this one has written but half, and must touch nothing of it."""
    store = ResultStore(tmp_path)
    write_text: Callable[..., int] = Path.write_text
    own = os.getpid()

    def interrupted(path: Path, text: str, encoding: str) -> int:
        path.write_bytes(text[:5].encode())
        with monkeypatch.context() as other:
            other.setattr(Path, "write_text", write_text)
            other.setattr(atomic.os, "getpid", os.getppid)
            other.setattr(atomic, "is_alive", {own, os.getppid()}.__contains__)
            store.write("a", {"score": 1})
        assert store.get("a") == {"score": 1}
        assert path.read_bytes() == text[:5].encode()
        return write_text(path, text, encoding=encoding)

    monkeypatch.setattr(Path, "write_text", interrupted)
    store.write("a", RESULT)
    assert store.get("a") == RESULT  # the later stands
    assert names(tmp_path) == ["a.json"]


def _write_often(folder: Path, number: int) -> None:
    store = ResultStore(folder)
    for _ in range(200):
        store.write("a", {"numbers": [number] * 500})


def test_processes_that_write_the_same_key_at_once_leave_a_whole_result(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=_write_often, args=(tmp_path, number)) for number in range(3)]
    for process in processes:
        process.start()
    store = ResultStore(tmp_path)
    there = False
    while any(process.is_alive() for process in processes):
        found = store.get("a")
        assert found is not None or not there  # half a file would be none
        assert found is None or len(found["numbers"]) == 500
        there = found is not None
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0, 0]
    assert names(tmp_path) == ["a.json"]


def test_the_catalog_entry_loads_as_a_store_that_is_empty_at_first(tmp_path: Path) -> None:
    dataset = ResultStoreDataset(filepath=str(tmp_path / "trials"))
    assert dataset.exists()
    assert dataset.load().get("a") is None
    dataset.load().write("a", RESULT)
    assert dataset.load().get("a") == RESULT
    assert str(tmp_path / "trials") in str(dataset)


def test_the_catalog_entry_is_not_for_outputs(tmp_path: Path) -> None:
    dataset = ResultStoreDataset(filepath=str(tmp_path))
    with pytest.raises(Exception, match="make it an input"):
        dataset.save(ResultStore(tmp_path))  # type: ignore[arg-type]
