"""Files of the catalog on a local disk appear whole or not at all, whichever of Kedro's data sets writes them."""

import io
import os
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

    What was there before stays if a write fails, or the block of ``with`` in which it is written.
    """

    def open(self, path: str, mode: str = "rb", **options: Any) -> Any:  # noqa: ANN401
        """As its parent's; text tells its file that the block failed."""
        if "w" not in mode or "b" in mode:
            return super().open(path, mode, **options)
        of_text = {name: options.pop(name) for name in ("encoding", "errors", "newline") if name in options}
        return _Text(super().open(path, mode.replace("t", "") + "b", **options), **of_text)

    def _open(self, path: str, mode: str = "rb", block_size: int | None = None, **options: Any) -> Any:  # noqa: ANN401
        place = Path(os.path.realpath(self._strip_protocol(path)))  # a link stays one
        anew = "w" in mode and options.get("autocommit", True)
        if not anew or (place.exists() and not place.is_file()):
            return super()._open(path, mode, block_size, **options)
        return _File(place, mode, fs=self, **options)


class _File(LocalFileOpener):  # type: ignore[misc]
    """A file beside its place until it is closed."""

    f: Any = None

    def __init__(self, place: Path, mode: str, **options: Any) -> None:  # noqa: ANN401
        self._error: BaseException | None = None
        self._whole = written_whole(place)
        aside = self._whole.__enter__()
        try:
            super().__init__(str(aside), mode, **options)
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
        if self.closed:
            return
        try:
            super().close()
        except BaseException as error:
            self.fail(error)
            raise
        finally:
            first = self._error
            self._whole.__exit__(type(first) if first else None, first, None)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self.fail(error)
        self.close()


class _Text(io.TextIOWrapper):
    """Text of a file."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None and isinstance(self.buffer, _File):
            self.buffer.fail(error)
        super().__exit__(kind, error, trace)
