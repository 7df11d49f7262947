"""Files that Kedro's data sets open on a local disk appear whole or not at all."""

import io
import os
import shutil
from pathlib import Path
from types import TracebackType
from typing import Any

import fsspec
from fsspec.implementations.local import LocalFileOpener, LocalFileSystem

from sequence_learning.atomic import written_whole


def write_whole_files() -> None:
    """Have fsspec, through which Kedro's data sets read and write, take :class:`WholeFileSystem` for local files."""
    for protocol in ("file", "local"):
        fsspec.register_implementation(protocol, WholeFileSystem, clobber=True)


class WholeFileSystem(LocalFileSystem):  # type: ignore[misc]
    """The local disk; a file that is written anew is written beside its place, which it takes when it is closed.

    What was there before stays if a write fails, if the block of ``with`` in which it is opened does, or if it is never
    closed. Files that are compressed on the way, and those of folders that cannot be written to, are written in place.
    """

    def open(self, path: str, mode: str = "rb", **options: Any) -> Any:  # noqa: ANN401
        """As its parent's."""
        if options.get("compression") is not None:
            return super().open(path, mode, anew=False, **options)
        if "w" not in mode or "b" in mode:
            return super().open(path, mode, **options)
        of_text = {name: options.pop(name) for name in ("encoding", "errors", "newline") if name in options}
        return _Text(super().open(path, mode.replace("t", "") + "b", **options), **of_text)

    def _open(self, path: str, mode: str = "rb", block_size: int | None = None, **options: Any) -> Any:  # noqa: ANN401
        anew = options.pop("anew", True) and "w" in mode and options.get("autocommit", True)
        place = Path(os.path.realpath(self._strip_protocol(path)))  # a link stays one
        if anew and _can_be_replaced(place):
            return _File(place, mode, fs=self, **options)
        return super()._open(path, mode, block_size, **options)


def _can_be_replaced(place: Path) -> bool:
    """Whether another file may take this place, or the first."""
    return not place.exists() or (place.is_file() and os.access(place, os.W_OK) and os.access(place.parent, os.W_OK))


class _File(LocalFileOpener):  # type: ignore[misc]
    """A file beside its place until it is closed."""

    f: Any = None  # of the parent, which looks for all that it lacks in it

    def __init__(self, place: Path, mode: str, **options: Any) -> None:  # noqa: ANN401
        self._error: BaseException | None = None
        self._whole = written_whole(place)
        aside = self._whole.__enter__()
        try:
            super().__init__(str(aside), mode, **options)
            if place.exists():
                shutil.copymode(place, aside)
        except BaseException as error:
            self._whole.__exit__(type(error), error, error.__traceback__)
            raise

    def fail(self, error: BaseException) -> None:
        """Do not let the file take its place: it has been written in part."""
        self._error = self._error or error

    def write(self, *args: Any, **options: Any) -> Any:  # noqa: ANN401
        """As its parent's."""
        try:
            return super().write(*args, **options)
        except BaseException as error:
            self.fail(error)
            raise

    def close(self) -> None:
        """Take the place, if nothing failed."""
        if self.f is None or self.closed:
            return
        try:
            super().close()
        except BaseException as error:
            self.fail(error)
            raise
        finally:
            first = self._error
            self._whole.__exit__(type(first) if first else None, first, first.__traceback__ if first else None)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self.fail(error)
        self.close()

    def __del__(self) -> None:
        self.fail(OSError("a file was not closed"))
        self.close()


class _Text(io.TextIOWrapper):
    """Text of a file."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None and isinstance(self.buffer, _File):
            self.buffer.fail(error)
        super().__exit__(kind, error, trace)

    def __del__(self) -> None:
        """Leave the end to the file, which was not closed either: the parent's would close it as if it were whole."""
