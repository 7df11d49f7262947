from pathlib import Path

import pytest

from sequence_learning.atomic import written_whole


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
