"""Files and folders that appear whole or not at all."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """Yield a path beside ``path`` to write to; it takes the place of ``path`` only if the block succeeds."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside, before = (path.with_name(f".{path.name}.{state}") for state in ("partial", "before"))
    remove(aside)
    try:
        yield aside
        if path.is_dir():  # a folder cannot be renamed over one that has files
            remove(before)
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
