import errno
import gc
import io
import os
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import fsspec
import pandas as pd
import plotly.graph_objects as go
import pytest
from fsspec.implementations.local import LocalFileOpener
from kedro.io import AbstractDataset, DatasetError
from kedro_datasets.json import JSONDataset
from kedro_datasets.pandas import JSONDataset as JsonTableDataset
from kedro_datasets.pandas import ParquetDataset
from kedro_datasets.plotly import JSONDataset as FigureDataset
from kedro_datasets.text import TextDataset

from sequence_learning.io.whole_files import WholeFileSystem, write_whole_files

TABLE = pd.DataFrame({"id": [1, 2], "value": [0.5, 1.5]})
KINDS: dict[str, tuple[type[AbstractDataset[Any, Any]], Any, Any]] = {
    "json": (JSONDataset, {"before": 1}, {"after": list(range(9))}),
    "table": (ParquetDataset, TABLE, TABLE.iloc[:1]),
    "json_table": (JsonTableDataset, TABLE, TABLE.iloc[:1]),
    "figure": (FigureDataset, go.Figure(), go.Figure(layout={"title": "after"})),
    "text": (TextDataset, "before", "after" * 9),
}
every_kind = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture(autouse=True)
def _whole_files() -> Iterator[None]:
    before = {protocol: fsspec.get_filesystem_class(protocol) for protocol in ("file", "local")}
    write_whole_files()
    yield
    for protocol, system in before.items():
        fsspec.register_implementation(protocol, system, clobber=True)


def fill_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a few bytes of the next write."""
    write: Callable[..., int] = LocalFileOpener.write

    def written_in_part(file: LocalFileOpener, content: bytes) -> int:
        write(file, bytes(content)[:3])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(LocalFileOpener, "write", written_in_part)


@every_kind
def test_a_data_set_reads_what_it_wrote_and_leaves_nothing_else(kind: str, tmp_path: Path) -> None:
    cls, before, after = KINDS[kind]
    dataset = cls(filepath=str(tmp_path / "new" / "file"))
    for content in (before, after):
        dataset.save(content)
        loaded = dataset.load()
        assert loaded.equals(content) if isinstance(content, pd.DataFrame) else loaded == content
    assert [file.name for file in (tmp_path / "new").iterdir()] == ["file"]


@every_kind
def test_a_full_disk_leaves_what_was_there(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cls, before, after = KINDS[kind]
    dataset = cls(filepath=str(tmp_path / "file"))
    dataset.save(before)
    content = (tmp_path / "file").read_bytes()
    fill_the_disk(monkeypatch)
    with pytest.raises(DatasetError, match="No space left"):
        dataset.save(after)
    assert (tmp_path / "file").read_bytes() == content
    assert len(list(tmp_path.iterdir())) == 1


def test_what_cannot_be_written_leaves_what_was_there(tmp_path: Path) -> None:
    dataset = JSONDataset(filepath=str(tmp_path / "file"))
    dataset.save({"before": 1})
    with pytest.raises(DatasetError, match="not JSON serializable"):
        dataset.save({"after": 1, "broken": object()})
    assert dataset.load() == {"before": 1}
    assert len(list(tmp_path.iterdir())) == 1


def test_an_error_says_where_it_was_raised(tmp_path: Path) -> None:
    with pytest.raises(DatasetError) as caught:
        JSONDataset(filepath=str(tmp_path / "file")).save(object())
    assert "dump" in {frame.name for frame in traceback.extract_tb(root_of(caught.value).__traceback__)}


def root_of(error: BaseException) -> BaseException:
    return error if error.__cause__ is None else root_of(error.__cause__)


@pytest.mark.parametrize("mode", ["w", "wb"])
def test_a_file_that_is_never_closed_leaves_what_was_there(mode: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("before")
    file = fsspec.filesystem("file").open(str(tmp_path / "file"), mode)
    file.write("half" if mode == "w" else b"half")
    del file
    gc.collect()
    assert (tmp_path / "file").read_text() == "before"
    assert len(list(tmp_path.iterdir())) == 1


def test_so_does_a_text_of_an_unknown_encoding(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("before")
    with pytest.raises(LookupError, match="nonsense"):
        fsspec.filesystem("file").open(str(tmp_path / "file"), "w", encoding="nonsense")
    gc.collect()
    assert (tmp_path / "file").read_text() == "before"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_file_keeps_who_may_read_it(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "file").chmod(0o640)
    TextDataset(filepath=str(tmp_path / "file")).save("after")
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o640


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everything")
def test_a_file_that_may_not_be_written_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("before")
    (tmp_path / "file").chmod(0o444)
    with pytest.raises(DatasetError, match="Permission denied"):
        TextDataset(filepath=str(tmp_path / "file")).save("after")
    assert (tmp_path / "file").read_text() == "before"


def test_a_project_writes_whole_files() -> None:
    script = "import fsspec, sequence_learning.settings; print(type(fsspec.filesystem('file')).__name__)"
    assert subprocess.check_output([sys.executable, "-c", script], text=True).split()[-1] == "WholeFileSystem"


@pytest.mark.parametrize("mode", ["w", "wb"])
def test_a_file_that_is_being_written_is_not_there_yet(mode: str, tmp_path: Path) -> None:
    file = fsspec.filesystem("file").open(str(tmp_path / "file"), mode)
    file.write("new" if mode == "w" else b"new")
    file.flush()
    assert not (tmp_path / "file").exists()
    file.close()
    file.close()
    assert (tmp_path / "file").read_text() == "new"


def test_a_link_stays_one(tmp_path: Path) -> None:
    (tmp_path / "place").write_text("before")
    (tmp_path / "link").symlink_to(tmp_path / "place")
    TextDataset(filepath=str(tmp_path / "link")).save("after")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "place").read_text() == "after"


def test_a_folder_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(DatasetError, match="directory"):
        TextDataset(filepath=str(tmp_path / "folder")).save("text")
    assert (tmp_path / "folder").is_dir()


def test_other_ways_to_open_a_file_are_as_before(tmp_path: Path) -> None:
    path, system = str(tmp_path / "file"), fsspec.filesystem("file")
    assert type(system) is WholeFileSystem
    with system.open(path, "w", encoding="utf-16") as file:
        file.write("ä")
    with system.open(path, "ab") as file:
        file.write("b".encode("utf-16-le"))
    with system.open(path, encoding="utf-16", mode="r") as file:
        assert file.read() == "äb"
    with system.transaction, system.open(path, "wb") as file:
        file.write(b"committed")
    assert Path(path).read_bytes() == b"committed"
    with system.open(path, "wb", compression="gzip") as file:
        file.write(b"small")
    gc.collect()  # the file below is closed by nobody else
    with system.open(path, "rb", compression="gzip") as file:
        assert file.read() == b"small"
    with pytest.raises(FileExistsError):
        system.open(path, "xb")
    with pytest.raises(io.UnsupportedOperation), system.open(path, "rb") as file:
        file.write(b"")
