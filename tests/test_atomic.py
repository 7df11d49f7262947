import multiprocessing
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from sequence_learning.atomic import is_alive, remove_what_the_dead_left, written_whole, written_whole_in_a_folder


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def write_half_a_file(path: Path, error: BaseException) -> None:
    with written_whole(path) as aside:
        aside.write_text("half of")
        raise error


def write_half_a_folder(path: Path, error: BaseException) -> None:
    with written_whole(path) as aside:
        aside.mkdir()
        (aside / "new.txt").write_text("new")
        raise error


def test_a_file_appears_when_the_block_ends(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "file.txt"
    with written_whole(path) as aside:
        aside.write_text("all of it")
        assert not path.exists()
    assert path.read_text() == "all of it"
    assert names(path.parent) == ["file.txt"]


@pytest.mark.parametrize("error", [OSError("full"), KeyboardInterrupt("full")])
def test_a_file_stays_as_it_was_when_the_block_fails(tmp_path: Path, error: BaseException) -> None:
    path = tmp_path / "file.txt"
    path.write_text("before")
    with pytest.raises(type(error), match="full"):
        write_half_a_file(path, error)
    assert path.read_text() == "before"
    assert names(tmp_path) == ["file.txt"]


def test_a_folder_is_replaced_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "folder"
    for content in ("old", "new"):
        with written_whole(path) as aside:
            aside.mkdir()
            (aside / f"{content}.txt").write_text(content)
    assert names(tmp_path) == ["folder"]
    assert names(path) == ["new.txt"]


def test_a_folder_stays_as_it_was_when_the_block_fails(tmp_path: Path) -> None:
    path = tmp_path / "folder"
    path.mkdir()
    (path / "old.txt").write_text("old")
    with pytest.raises(OSError, match="full"):
        write_half_a_folder(path, OSError("full"))
    assert names(tmp_path) == ["folder"]
    assert names(path) == ["old.txt"]


def test_what_a_writer_has_beside_its_file_goes_and_others_may_read_it(tmp_path: Path) -> None:
    with written_whole_in_a_folder(tmp_path / "new" / "result") as file:
        (file.parent / ".tmp123").write_text("half")
        file.write_text("whole")
        file.chmod(0o600)
        (tmp_path / "new" / "other").touch()
    assert names(tmp_path / "new") == ["other", "result"]
    modes = {path.stat().st_mode for path in (tmp_path / "new").iterdir()}
    assert len(modes) == 1


def test_a_writer_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    def write() -> None:
        with written_whole_in_a_folder(tmp_path / "result") as file:
            file.write_text("half")
            raise OSError("full")

    (tmp_path / "result").write_text("before")
    with pytest.raises(OSError, match="full"):
        write()
    assert names(tmp_path) == ["result"]
    assert (tmp_path / "result").read_text() == "before"


@pytest.mark.parametrize("left_over", ["file", "folder"])
def test_what_a_killed_run_left_behind_is_cleared_away(tmp_path: Path, left_over: str) -> None:
    path = tmp_path / "result"
    with written_whole(path) as remains:
        remains.write_text("before")
    if left_over == "folder":
        remains.mkdir()
        (remains / "half.txt").write_text("half")
    else:
        remains.write_text("half")
    with written_whole(path) as aside:
        aside.write_text("whole")
    assert names(tmp_path) == ["result"]
    assert path.read_text() == "whole"


def test_a_block_that_writes_nothing_is_an_error_and_keeps_what_was(tmp_path: Path) -> None:
    path = tmp_path / "file.txt"
    path.write_text("before")
    with pytest.raises(FileNotFoundError), written_whole(path):
        pass
    assert path.read_text() == "before"


@pytest.fixture
def dead() -> int:
    """The number of a process that is no more."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    return process.pid


def test_what_others_are_writing_stays_and_what_the_dead_left_goes(tmp_path: Path, dead: int) -> None:
    for name in (f".a.{dead}.partial", f".a.{os.getppid()}.partial", f".b.{dead}.partial", ".a.hidden", "a.1.partial"):
        (tmp_path / name).write_text("half")
    (tmp_path / f".a.{dead}.before").mkdir()
    (tmp_path / f".a_written.{dead}.partial").mkdir()
    (tmp_path / f".a_written.{dead}.partial" / ".tmp123").write_text("half")
    with written_whole(tmp_path / "a") as aside:
        aside.write_text("whole")
    stays = [".a.hidden", f".a.{os.getppid()}.partial", "a", "a.1.partial"]
    assert names(tmp_path) == sorted([*stays, f".b.{dead}.partial", f".a_written.{dead}.partial"])
    remove_what_the_dead_left(tmp_path)
    assert names(tmp_path) == sorted(stays)


def test_a_folder_that_was_to_be_replaced_is_put_back(tmp_path: Path, dead: int) -> None:
    (tmp_path / f".a.{dead}.before").mkdir()
    (tmp_path / f".a.{dead}.before" / "old.txt").write_text("old")
    remove_what_the_dead_left(tmp_path)
    assert names(tmp_path) == ["a"]
    assert names(tmp_path / "a") == ["old.txt"]


def test_a_folder_is_put_back_if_the_new_one_cannot_take_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "folder"
    path.mkdir()
    (path / "old.txt").write_text("old")
    monkeypatch.setattr(Path, "replace", raises(OSError("busy")))
    with pytest.raises(OSError, match="busy"), written_whole(path) as aside:
        aside.mkdir()
    assert names(tmp_path) == ["folder"]
    assert names(path) == ["old.txt"]


def raises(error: Exception) -> Callable[..., None]:
    def instead(*arguments: object) -> None:
        raise error

    return instead


def test_a_folder_that_is_not_there_holds_nothing_to_remove(tmp_path: Path) -> None:
    remove_what_the_dead_left(tmp_path / "none")


def test_the_living_are_told_from_the_dead(dead: int) -> None:
    assert is_alive(os.getpid())
    assert is_alive(os.getppid())
    assert is_alive(1)
    assert not is_alive(dead)


def _write_often(path: Path, number: int) -> None:
    for _ in range(100):
        with written_whole(path) as aside:
            aside.write_text(f"{number}\n" * 500)


def test_processes_that_write_the_same_file_at_once_leave_a_whole_one(tmp_path: Path) -> None:
    path = tmp_path / "file.txt"
    _write_often(path, 0)
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=_write_often, args=(path, number)) for number in range(3)]
    for process in processes:
        process.start()
    while any(process.is_alive() for process in processes):
        lines = path.read_text().splitlines()
        assert len(lines) == 500
        assert len(set(lines)) == 1
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0, 0]
    assert names(tmp_path) == ["file.txt"]
