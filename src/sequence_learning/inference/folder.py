"""A bundle's folder: every file is read once, and what is used is what was checked."""

import json
from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError

from sequence_learning.inference.errors import BundleError
from sequence_learning.inference.manifest import FORMAT, FileEntry, Manifest

MANIFEST = "manifest.json"


def read_folder(folder: Path) -> tuple[Manifest, dict[str, bytes]]:
    """Read and verify all files.

    Returns:
        The manifest, and the content of each file that it lists.

    Raises:
        BundleError: if there is no manifest, it is of a newer format or cannot be understood; if a file is missing, is
            not listed, or is not what was listed.
    """
    manifest = _manifest(folder)
    present, listed = {path.name for path in folder.iterdir()} - {MANIFEST}, set(manifest.files)
    for names, what in ((listed - present, "lacks"), (present - listed, "holds, without listing it,")):
        if names:
            raise BundleError(
                f"a bundle must hold the files that its manifest lists and no other, but {folder} {what} "
                f"{', '.join(sorted(names))}; copy the whole folder from where it was made"
            )
    return manifest, {name: _verified(folder / name, entry) for name, entry in manifest.files.items()}


def write_folder(folder: Path, manifest: Manifest, files: Mapping[str, bytes]) -> None:
    """Write all files; the manifest comes last, so that what was interrupted is no bundle.

    Raises:
        BundleError: if something is there already.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BundleError(f"a bundle needs a folder of its own, but {folder} is in use; name another, or remove it")
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    (folder / MANIFEST).write_text(manifest.model_dump_json(indent=2), encoding="utf-8", newline="\n")


def _manifest(folder: Path) -> Manifest:
    file = folder / MANIFEST
    if not file.is_file():
        raise BundleError(
            f"a bundle is a folder with a {MANIFEST}, but {folder} has none; name the folder that a run wrote"
        )
    try:
        told = json.loads(file.read_bytes())
    except ValueError as error:
        raise BundleError(f"{file} must be JSON, but is not ({error}); copy the folder again") from error
    made_in = told.get("format") if isinstance(told, dict) else None
    if isinstance(made_in, int) and made_in > FORMAT:
        raise BundleError(
            f"a bundle must be of format {FORMAT} or older, but {folder} is of format {made_in}, written by release "
            f"{told.get('package')}; install that release or a newer one"
        )
    try:
        return Manifest.model_validate(told)
    except ValidationError as error:
        raise BundleError(f"{file} must describe a bundle, but does not: {error}") from error


def _verified(file: Path, entry: FileEntry) -> bytes:
    if file.is_symlink() or not file.is_file():
        raise BundleError(
            f"a bundle holds plain files, but {file} is none; copy the whole folder from where it was made"
        )
    content = file.read_bytes()
    if FileEntry.of(content) != entry:
        raise BundleError(
            f"every file must be as it was when the bundle was made, but {file} has changed "
            f"({len(content)} bytes, {entry.size} listed); copy the whole folder from where it was made"
        )
    return content
