"""A long array that is stored in several files, so that it need not fit into memory."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any, Self

import numpy as np

from sequence_learning.features.errors import DataError
from sequence_learning.features.mapped_file import map_arrays


@dataclass(frozen=True, eq=False)
class ShardedArray:
    """Reads like an array; what is asked for is copied out of the files, which are mapped for as long as that takes.

    A pickle of it holds the paths.

    Attributes:
        files: in their order, one at least.
        name: of the array in each file.
        edges: ``(len(files) + 1,)`` int64; file ``i`` has the places ``edges[i]:edges[i + 1]``.
        window: how many places are to be in memory at once, as far as the user can choose.
        n_columns: of a two-dimensional array, how many are seen; all if None.
    """

    files: tuple[Path, ...]
    name: str
    edges: np.ndarray
    window: int
    n_columns: int | None = None

    def __len__(self) -> int:
        return int(self.edges[-1])

    @property
    def shape(self) -> tuple[int, ...]:
        """As that of an array."""
        return (len(self), *self._like.shape[1:])

    @property
    def dtype(self) -> np.dtype[Any]:
        """As that of an array."""
        return self._like.dtype

    def __getitem__(self, key: slice | np.ndarray) -> np.ndarray:
        """A copy of a range, or of these places."""
        if isinstance(key, slice):
            key = np.arange(*key.indices(len(self)))
        return self.take(key)

    def take(self, places: np.ndarray, axis: int = 0, out: None = None, mode: str = "raise") -> np.ndarray:
        """``(*places.shape, ...)``, a copy; with ``mode`` ``clip``, what follows the last place is the last.

        NumPy's ``take`` comes here.

        Raises:
            IndexError: if there is no such place.
        """
        assert (axis, out) == (0, None)
        flat = places.ravel()
        if mode == "clip":
            flat = flat.clip(0, len(self) - 1)
        order = None if (flat[1:] >= flat[:-1]).all() else np.argsort(flat, kind="stable")
        ascending = flat if order is None else flat[order]
        if len(flat) and not 0 <= ascending[0] <= ascending[-1] < len(self):
            raise IndexError(f"places must be from 0 to {len(self) - 1}, got {ascending[0]} to {ascending[-1]}")
        found = np.empty((len(flat), *self.shape[1:]), dtype=self.dtype)
        for shard, (first, last) in enumerate(pairwise(np.searchsorted(ascending, self.edges))):
            if first < last:
                where = slice(first, last) if order is None else order[first:last]
                found[where] = self._read(shard)[ascending[first:last] - self.edges[shard]]
        return found.reshape(*places.shape, *self.shape[1:])

    def __array__(self, dtype: np.dtype[Any] | None = None, copy: bool | None = None) -> np.ndarray:
        """All of it, in memory."""
        return self[:].astype(dtype or self.dtype, copy=False)

    def first_columns(self, n: int) -> Self:
        """Of a two-dimensional array, as long as this one."""
        return replace(self, n_columns=n)

    def pieces(self) -> Iterator[np.ndarray]:
        """What each file holds, one after the other."""
        return map(self._read, range(len(self.files)))

    @cached_property
    def _like(self) -> np.ndarray:
        """None of it, with its type."""
        return np.empty_like(self._read(0)[:0])

    def _read(self, shard: int) -> np.ndarray:
        file = self.files[shard]
        if not file.exists():
            raise DataError(
                f"a part of the prepared features must be where they were prepared, but {file} is not; prepare them "
                "again if another run has replaced them, and let all machines of a cluster share the folder"
            )
        mapped = map_arrays(file, {self.name})[0][self.name]
        return mapped if self.n_columns is None else mapped[:, : self.n_columns]
