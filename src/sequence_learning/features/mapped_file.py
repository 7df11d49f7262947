"""Arrays of a safetensors file, mapped: only what is used is read."""

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np

_DTYPES = {
    "BOOL": np.bool_,
    "F32": np.float32,
    "F64": np.float64,
    "I8": np.int8,
    "I16": np.int16,
    "I32": np.int32,
    "I64": np.int64,
    "U8": np.uint8,
}


def map_arrays(file: Path, names: Collection[str] | None = None) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """Those of these names that the file has, all if None, and its metadata.

    The file stays mapped as long as one of the arrays is in use; who writes into an array changes a copy of its own.
    Safetensors maps files for PyTorch alone, which a run need not import for this: for NumPy it reads them.
    """
    from safetensors import safe_open

    with safe_open(file, framework="np") as stored:  # which checks that the file is whole
        found = [name for name in stored.keys() if names is None or name in names]  # noqa: SIM118
        metadata = stored.metadata() or {}
    with file.open("rb") as opened:
        n_bytes = int.from_bytes(opened.read(8), "little")
        header = json.loads(opened.read(n_bytes))
    return {name: _map(file, 8 + n_bytes, header[name]) for name in found}, metadata


def _map(file: Path, start: int, entry: Mapping[str, Any]) -> np.ndarray:
    """An array by its entry in the header, whose offsets count from ``start``."""
    dtype, shape, (begin, end) = _DTYPES[entry["dtype"]], tuple(entry["shape"]), entry["data_offsets"]
    if begin == end:  # there is nothing that could be mapped
        return np.empty(shape, dtype)
    return np.asarray(np.memmap(file, dtype, "c", start + begin, shape))
