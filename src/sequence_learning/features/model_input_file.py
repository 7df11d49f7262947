"""Prepared features as one memory-mapped safetensors file, which processes share."""

from dataclasses import fields
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from sequence_learning.atomic import written_whole
from sequence_learning.features.errors import DataError
from sequence_learning.features.model_input import ModelInput
from sequence_learning.spec import InputSpec, TargetSpec

_ARRAYS = ("values", "codes", "offsets", "numeric", "categorical", "target", "part")
_OPTIONAL = ("ages",)

#: What tells a file from one that has taken its place.
Stamp = tuple[int, int, int]


class MappedModelInput(ModelInput):
    """As its parent, from a file. Another process is sent the path, and maps the file as well."""

    def __reduce__(self) -> tuple[Any, ...]:
        if "file" not in vars(self):  # made from another by `dataclasses.replace`
            return ModelInput, tuple(getattr(self, field.name) for field in fields(self))
        return read_again, (vars(self)["file"], vars(self)["stamp"])


def read_model_input(file: Path) -> ModelInput:
    """Map the file: only what is used is read."""
    from safetensors import safe_open  # the PyTorch flavour maps the file, the numpy flavour copies it

    stamp = _stamp(file)
    with safe_open(file, framework="pt") as stored:
        names = set(stored.keys())
        arrays = {name: stored.get_tensor(name).numpy() for name in (*_ARRAYS, *_OPTIONAL) if name in names}
        metadata = stored.metadata()
    mapped = MappedModelInput(
        **arrays,
        spec=InputSpec.model_validate_json(metadata["spec"]),
        target_spec=TargetSpec.model_validate_json(metadata["target_spec"]),
    )
    # No fields: features that are made from these, with `dataclasses.replace`, are no longer those of the file.
    vars(mapped).update(file=file.absolute(), stamp=stamp)
    return mapped


@lru_cache(maxsize=1)
def read_again(file: Path, stamp: Stamp) -> ModelInput:
    """The file that another process has read.

    Raises:
        DataError: if it has been replaced since.
    """
    if _stamp(file) != stamp:
        raise DataError(f"prepared features must stay as they are during a run, but {file} was replaced; run again")
    return read_model_input(file)


def write_model_input(file: Path, data: ModelInput) -> None:
    """Write the file whole or not at all."""
    from safetensors.numpy import save_file

    names = _ARRAYS + tuple(name for name in _OPTIONAL if getattr(data, name) is not None)
    with written_whole(file) as aside:
        save_file(
            {name: np.ascontiguousarray(getattr(data, name)) for name in names},
            aside,
            metadata={"spec": data.spec.model_dump_json(), "target_spec": data.target_spec.model_dump_json()},
        )


def _stamp(file: Path) -> Stamp:
    found = file.stat()
    return found.st_ino, found.st_size, found.st_mtime_ns
