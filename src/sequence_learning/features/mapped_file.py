"""Arrays of a safetensors file, mapped: only what is used is read."""

from collections.abc import Collection
from pathlib import Path

import numpy as np


def map_arrays(file: Path, names: Collection[str] | None = None) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """Those of these names that the file has, all if None, and its metadata.

    The file stays mapped as long as one of the arrays is in use.
    """
    from safetensors import safe_open  # the PyTorch flavour maps the file, the numpy flavour copies it

    with safe_open(file, framework="pt") as stored:
        found = [name for name in stored.keys() if names is None or name in names]  # noqa: SIM118
        return {name: stored.get_tensor(name).numpy() for name in found}, stored.metadata() or {}
