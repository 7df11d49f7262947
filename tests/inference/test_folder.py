"""A folder that is not exactly what was saved is no bundle, and no file in it is ever run."""

import json
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from sequence_learning.inference import Bundle, BundleError
from sequence_learning.inference.bundle import RUNTIMES
from sequence_learning.inference.folder import read_folder
from sequence_learning.inference.manifest import FileEntry


@pytest.fixture
def folder(bundle: Bundle, tmp_path: Path) -> Path:
    bundle.save(tmp_path / "bundle")
    return tmp_path / "bundle"


def refusal(folder: Path) -> str:
    with pytest.raises(BundleError) as error:
        Bundle.load(folder)
    return str(error.value)


def change_manifest(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    told = json.loads((folder / "manifest.json").read_text())
    change(told)
    (folder / "manifest.json").write_text(json.dumps(told))


@pytest.fixture(scope="module")
def kept(bundle: Bundle, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("kept") / "bundle"
    bundle.save(folder)
    return folder


@given(data=st.data())
def test_any_changed_byte_of_any_file_is_refused(bundle: Bundle, kept: Path, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(bundle.files)))
    content = bytearray(bundle.files[name])
    content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        (kept / name).write_bytes(content)
        assert f"{name} has changed" in refusal(kept)
    finally:
        (kept / name).write_bytes(bundle.files[name])
    assert Bundle.load(kept).manifest == bundle.manifest


def test_a_file_that_is_cut_or_gone_is_refused(bundle: Bundle, folder: Path) -> None:
    (folder / "model.onnx").write_bytes(bundle.files["model.onnx"][:-1])
    assert "model.onnx has changed" in refusal(folder)
    (folder / "model.onnx").unlink()
    assert "lacks model.onnx; copy the whole folder" in refusal(folder)


def test_a_file_that_is_not_listed_is_refused(folder: Path) -> None:
    (folder / "extra.pkl").write_bytes(b"")
    (folder / "more").mkdir()
    assert "holds, without listing it, extra.pkl, more; copy" in refusal(folder)


def test_a_link_is_refused(folder: Path) -> None:
    shutil.copy(folder / "model.json", folder.parent)
    (folder / "model.json").unlink()
    (folder / "model.json").symlink_to(folder.parent / "model.json")
    assert "holds plain files, but" in refusal(folder)


def test_a_newer_format_is_refused_whatever_else_it_holds(folder: Path) -> None:
    change_manifest(folder, lambda told: told.update(format=2, package="9.0", unheard_of=True))
    assert "must be of format 1 or older, but" in refusal(folder)
    assert "is of format 2, written by release 9.0; install that release or a newer one" in refusal(folder)


@pytest.mark.parametrize(
    ("text", "said"),
    [("{", "must be JSON, but is not"), ("[]", "must describe a bundle"), ('{"format": 1}', "must describe a bundle")],
)
def test_a_manifest_that_is_none_is_refused(folder: Path, text: str, said: str) -> None:
    (folder / "manifest.json").write_text(text)
    assert said in refusal(folder)


def test_a_folder_without_a_manifest_is_refused(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        assert "is a folder with a manifest.json, but" in refusal(folder)


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "a/b", "..", ".hidden", ""])
def test_a_manifest_may_name_files_of_its_folder_alone(folder: Path, name: str) -> None:
    change_manifest(folder, lambda told: told["files"].update({name: FileEntry.of(b"").model_dump()}))
    assert "must describe a bundle, but does not" in refusal(folder)


def test_a_needed_file_that_the_manifest_leaves_out_is_missed(folder: Path) -> None:
    (folder / "schema.json").unlink()
    change_manifest(folder, lambda told: told["files"].pop("schema.json"))
    assert "must hold 'schema.json', but its manifest does not list it" in refusal(folder)


class Exploit:
    """Unpickled, it leaves a file behind."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.mark,)


@pytest.mark.parametrize("dump", [pickle.dump, torch.save], ids=["pickle", "torch"])
def test_code_in_a_file_is_never_run_even_if_its_checksum_is_right(folder: Path, tmp_path: Path, dump: Any) -> None:
    mark = tmp_path / "was run"
    with (tmp_path / "exploit").open("wb") as file:
        dump(Exploit(mark), file)
    content = (tmp_path / "exploit").read_bytes()
    for name in read_folder(folder)[0].files:
        copy = shutil.copytree(folder, tmp_path / "copy")
        (copy / name).write_bytes(content)
        change_manifest(copy, lambda told, name=name: told["files"].update({name: FileEntry.of(content).model_dump()}))  # type: ignore[misc]
        failed = 0
        for runtime in RUNTIMES:
            try:
                Bundle.load(copy, runtime)
            except BundleError:
                failed += 1
        assert failed == (1 if name in {"weights.safetensors", "model.json", "model.onnx"} else 2)
        shutil.rmtree(copy)
    assert not mark.exists()
    pickle.loads(pickle.dumps(Exploit(mark)))
    assert mark.exists()  # it would have worked
