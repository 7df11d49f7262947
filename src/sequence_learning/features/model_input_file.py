"""Prepared features as memory-mapped safetensors files, which processes share.

They are one file; or, where they need not fit into memory, one with what belongs to rows, and beside it a folder of
shards with the events of consecutive rows.
"""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import fields
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np

from sequence_learning.atomic import (
    remove,
    remove_what_the_dead_left,
    scratch_folder,
    written_whole,
    written_whole_in_a_folder,
)
from sequence_learning.features.errors import DataError
from sequence_learning.features.mapped_file import map_arrays
from sequence_learning.features.model_input import EventArray, ModelInput
from sequence_learning.features.sharded_array import ShardedArray
from sequence_learning.spec import InputSpec, TargetSpec

_OF_EVENTS = ("values", "codes", "ages")
_OF_ROWS = ("offsets", "numeric", "categorical", "target", "part")
_EDGES = "edges"

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
    file, stamp = file.absolute(), _stamp(file)
    arrays, metadata = map_arrays(file)
    of_events: dict[str, EventArray]
    if "shards" in metadata:
        of_events = _sharded(file, arrays.pop(_EDGES), json.loads(metadata["shards"]))
    else:
        of_events = {name: arrays[name] for name in _OF_EVENTS if name in arrays}
    mapped = MappedModelInput(
        values=of_events["values"],
        codes=of_events["codes"],
        ages=of_events.get("ages"),
        **{name: arrays[name] for name in _OF_ROWS},
        spec=InputSpec.model_validate_json(metadata["spec"]),
        target_spec=TargetSpec.model_validate_json(metadata["target_spec"]),
    )
    # No fields: features that are made from these, with `dataclasses.replace`, are no longer those of the file.
    vars(mapped).update(file=file, stamp=stamp)
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


@contextmanager
def in_a_file(data: ModelInput, folder: Path) -> Iterator[ModelInput]:
    """The same features, from a file in ``folder`` that lasts as long as the block if they are in none yet.

    So other processes map them, in place of being sent a copy each.
    """
    if "file" in vars(data) or data.window_events is not None:
        yield data
        return
    with scratch_folder(folder / "features") as scratch:
        file = scratch / "model_input.safetensors"
        write_model_input(file, data)
        yield read_model_input(file)


def write_model_input(file: Path, data: ModelInput) -> None:
    """Write the file whole or not at all."""
    arrays = {name: getattr(data, name) for name in (*_OF_EVENTS, *_OF_ROWS)}
    remove_what_the_dead_left(file.parent)
    _write(file, {name: array for name, array in arrays.items() if array is not None}, _metadata(data))
    _remove_other_shards(file)


def write_sharded_model_input(file: Path, shards: Iterable[ModelInput], window_mb: float) -> None:
    """Write features whole or not at all, of which one shard is in memory at a time.

    Args:
        file: that of the rows.
        shards: consecutive rows, some at least.
        window_mb: how much of the events is to be in memory at once when they are read, in a million bytes.
    """
    folder = file.with_name(f"{_folder_prefix(file)}{uuid4().hex[:8]}")
    parts: list[ModelInput] = []
    remove_what_the_dead_left(file.parent)  # whose folders had other names
    with written_whole(folder) as aside:
        aside.mkdir()
        for shard in shards:
            arrays = {name: getattr(shard, name) for name in _OF_EVENTS}
            _write(aside / _shard_name(len(parts)), {name: a for name, a in arrays.items() if a is not None}, {})
            parts.append(shard.select_events(np.arange(len(shard)), np.zeros(0, np.int64), np.diff(shard.offsets)))
    lengths = np.concatenate([np.diff(part.offsets) for part in parts])
    edges = np.concatenate([[0], np.cumsum([part.offsets[-1] for part in parts])]).astype(np.int64)
    of_rows = {name: np.concatenate([getattr(part, name) for part in parts]) for name in _OF_ROWS if name != "offsets"}
    of_rows["offsets"] = np.concatenate([[0], lengths.cumsum()]).astype(np.int64)
    window = max(1, int(window_mb * 1e6 / _bytes_per_event(parts[0])))
    told = {"folder": folder.name, "files": len(parts), "window": window}
    _write(file, of_rows | {_EDGES: edges}, _metadata(parts[0]) | {"shards": json.dumps(told)})
    _remove_other_shards(file, folder)


def _sharded(file: Path, edges: np.ndarray, shards: dict[str, Any]) -> dict[str, EventArray]:
    files = tuple(file.with_name(shards["folder"]) / _shard_name(i) for i in range(shards["files"]))
    names = map_arrays(files[0])[0] if files[0].exists() else _OF_EVENTS  # the first use says what is missing
    return {name: ShardedArray(files, name, edges, shards["window"]) for name in names}


def _shard_name(i: int) -> str:
    return f"{i:06}.safetensors"


def _folder_prefix(file: Path) -> str:
    return f"{file.stem}_shards_"


def _remove_other_shards(file: Path, kept: Path | None = None) -> None:
    """Those of features that this file held before."""
    for folder in file.parent.glob(f"{_folder_prefix(file)}*"):
        if folder != kept:
            remove(folder)


def _bytes_per_event(data: ModelInput) -> int:
    arrays = (data.values, data.codes, *([data.ages] if data.ages is not None else []))
    return sum(int(np.prod(array.shape[1:])) * array.dtype.itemsize for array in arrays) or 1


def _metadata(data: ModelInput) -> dict[str, str]:
    return {"spec": data.spec.model_dump_json(), "target_spec": data.target_spec.model_dump_json()}


def _write(file: Path, arrays: dict[str, np.ndarray], metadata: dict[str, str]) -> None:
    from safetensors.numpy import save_file

    with written_whole_in_a_folder(file) as aside:
        save_file({name: np.ascontiguousarray(array) for name, array in arrays.items()}, aside, metadata=metadata)


def _stamp(file: Path) -> Stamp:
    found = file.stat()
    return found.st_ino, found.st_size, found.st_mtime_ns
