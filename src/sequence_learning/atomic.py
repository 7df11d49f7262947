"""Files and folders that appear whole or not at all."""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

_BESIDE = re.compile(r"\.(?P<name>.+)\.(?P<pid>\d+)\.(?P<state>partial|before)")


@contextmanager
def written_whole(path: Path, *, durable: bool = False) -> Iterator[Path]:
    """Yield a path beside ``path`` to write to; it takes the place of ``path`` only if the block succeeds.

    Processes may write the same path at once, each of them once: the last to end stands. What is ``durable``, a file,
    is whole even if the machine loses power next; that takes the time of a disk's answer.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    aside, before = (_beside(path, f"{os.getpid()}.{state}") for state in ("partial", "before"))
    remove_what_the_dead_left(path.parent, path.name)
    try:
        yield aside
        if durable:
            _flush(aside)
        if path.is_dir():  # a folder cannot be renamed over one that has files
            path.rename(before)
        try:
            aside.replace(path)
        except OSError:
            _bring_back(before, path)
            raise
        remove(before)
    finally:
        remove(aside)


@contextmanager
def written_whole_in_a_folder(path: Path, *, durable: bool = False) -> Iterator[Path]:
    """As :func:`written_whole`, for writers that have temporary files of their own beside what they write.

    Whatever mode they give it, the file may be read by whom other files may be.
    """
    folder = path.with_name(f"{path.name}_written")
    with written_whole(path, durable=durable) as aside, scratch_folder(folder) as scratch:
        file = scratch / path.name
        yield file
        aside.touch()
        shutil.copymode(aside, file)
        file.replace(aside)


@contextmanager
def scratch_folder(path: Path) -> Iterator[Path]:
    """An empty folder beside ``path``, for the time of the block; see :func:`remove_what_the_dead_left`."""
    aside = _beside(path, f"{os.getpid()}.partial")
    remove(aside)
    aside.mkdir(parents=True)
    try:
        yield aside
    finally:
        remove(aside)


def _flush(file: Path) -> None:
    with file.open("rb+") as written:
        os.fsync(written)


def remove(path: Path) -> None:
    """Make sure that nothing is at ``path``, neither a file nor a folder."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def remove_what_the_dead_left(folder: Path, name: str | None = None) -> None:
    """Remove what processes that were killed were writing in a folder: all of it, or what was to bear one name.

    A folder that one of them was about to replace is put back.
    """
    for left in folder.glob(".*"):
        found = _BESIDE.fullmatch(left.name)
        if found and name in {None, found["name"]} and not _is_being_written(int(found["pid"])):
            if found["state"] == "before":  # killed before the new one had taken its place
                _bring_back(left, folder / found["name"])
            remove(left)


def _bring_back(before: Path, path: Path) -> None:
    """Put what was at ``path`` back, if nothing has taken its place."""
    if before.exists() and not path.exists():
        before.rename(path)


def _is_being_written(pid: int) -> bool:
    """By another process: one that had this one's number is gone."""
    return pid != os.getpid() and is_alive(pid)


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(f".{path.name}.{ending}")


def is_alive(pid: int) -> bool:
    """Whether a process of this machine has that number, and still runs: one that was killed may be listed on."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
