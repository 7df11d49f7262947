"""Files and folders that appear whole or not at all."""

import glob
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """Yield a path beside ``path`` to write to; it takes the place of ``path`` only if the block succeeds.

    Processes may write the same path at once: the last to end stands.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    aside, before = (_beside(path, f"{os.getpid()}.{state}") for state in ("partial", "before"))
    _remove_what_the_dead_left(path)
    try:
        yield aside
        if path.is_dir():  # a folder cannot be renamed over one that has files
            path.rename(before)
        aside.replace(path)
        remove(before)
    finally:
        remove(aside)


def remove(path: Path) -> None:
    """Make sure that nothing is at ``path``, neither a file nor a folder."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(f".{path.name}.{ending}")


def _remove_what_the_dead_left(path: Path) -> None:
    """What processes that were killed were writing; a process with this one's number is no longer there either."""
    for left in path.parent.glob(f".{glob.escape(path.name)}.*.*"):
        pid, _, state = left.name.removeprefix(f".{path.name}.").partition(".")
        if state in {"partial", "before"} and pid.isdigit() and (int(pid) == os.getpid() or not is_alive(int(pid))):
            remove(left)


def is_alive(pid: int) -> bool:
    """Whether a process of this machine has that number."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
