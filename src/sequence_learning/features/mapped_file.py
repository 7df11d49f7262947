"""Arrays of a safetensors file, mapped: only what is used is read."""

import json
import mmap
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from sequence_learning.features.errors import DataError

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

    Raises:
        DataError: if the file is not whole.
    """
    with file.open("rb") as opened:
        try:
            # No numpy.memmap, which joblib would send to workers by the file's name, whatever that names by then.
            mapped = mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_COPY)
            start = 8 + int.from_bytes(mapped[:8], "little")
            header = json.loads(mapped[8:start])
            metadata = header.pop("__metadata__", {})
            whole = len(mapped) == start + max((entry["data_offsets"][1] for entry in header.values()), default=0)
        except ValueError:  # an empty file, or no header
            whole = False
    if not whole:
        raise DataError(f"prepared features must be whole, but {file} was cut or changed; delete it, and run again")
    chosen = {name: entry for name, entry in header.items() if names is None or name in names}
    return {name: _array(mapped, start, entry) for name, entry in chosen.items()}, metadata


def _array(mapped: mmap.mmap, start: int, entry: Mapping[str, Any]) -> np.ndarray:
    """An array by its entry in the header, whose offsets count from ``start``."""
    dtype, shape, (begin, end) = np.dtype(_DTYPES[entry["dtype"]]), tuple(entry["shape"]), entry["data_offsets"]
    if begin == end:
        return np.empty(shape, dtype)
    return np.frombuffer(mapped, dtype, (end - begin) // dtype.itemsize, start + begin).reshape(shape)
