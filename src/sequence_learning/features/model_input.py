"""Prepared features of the whole data set, ragged: no padding is stored."""

from dataclasses import dataclass, fields
from functools import cached_property
from hashlib import sha256

import numpy as np

from sequence_learning.features.split import PARTS
from sequence_learning.spec import InputSpec, TargetSpec

#: In place of a part's index for rows that are new: they are only predicted.
NO_PART = 255


@dataclass(frozen=True)
class ModelInput:
    """Arrays that may be memory-mapped; nothing writes to them.

    Attributes:
        values: ``(E, D_numeric)`` float32, numeric channels of all events: those of row 0, oldest first, then
            those of row 1, and so on. Channels made of times come last.
        codes: ``(E, K_event)`` int32, categorical channels; 0 means unknown.
        offsets: ``(N + 1,)`` int64; the events of row ``i`` are ``offsets[i]:offsets[i + 1]``.
        numeric: ``(N, T)`` float32, tabular numbers.
        categorical: ``(N, K)`` int32, tabular codes; 0 means unknown.
        target: ``(N,)`` float32; standardised (regression) or the index of the class. NaN for new rows.
        part: ``(N,)`` uint8, index into :data:`~sequence_learning.features.split.PARTS`, or :data:`NO_PART`.
        spec: widths, for building a model.
        target_spec: meaning of ``target``.
        ages: ``(E,)`` float32, time from each event to the prediction in units of ``schema.time_unit``, not scaled and
            never negative; None without ``schema.time``.
    """

    values: np.ndarray
    codes: np.ndarray
    offsets: np.ndarray
    numeric: np.ndarray
    categorical: np.ndarray
    target: np.ndarray
    part: np.ndarray
    spec: InputSpec
    target_spec: TargetSpec
    ages: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.target)

    @cached_property
    def fingerprint(self) -> str:
        """A hash of everything in it: features with another one are other features."""
        whole = sha256()
        for field in fields(self):
            value = getattr(self, field.name)
            is_array = isinstance(value, np.ndarray)
            whole.update(f"{field.name} {(value.dtype, value.shape) if is_array else value!r}\n".encode())
            if is_array:
                whole.update(np.ascontiguousarray(value).data)
        return whole.hexdigest()

    def lengths_of(self, rows: np.ndarray) -> np.ndarray:
        """Events of each of ``rows``, int64."""
        return np.asarray(self.offsets[rows + 1] - self.offsets[rows])

    def events_of(self, rows: np.ndarray) -> np.ndarray:
        """Where the events of ``rows`` lie in ``values``: oldest first, one row after the other."""
        lengths = self.lengths_of(rows)
        first = lengths.cumsum() - lengths
        return np.asarray(np.repeat(self.offsets[rows] - first, lengths) + np.arange(lengths.sum()))

    def rows(self, part: str) -> np.ndarray:
        """Indices of the rows of a part: ``train``, ``validation`` or ``test``."""
        return np.flatnonzero(self.part == PARTS.index(part))
