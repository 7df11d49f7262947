"""Prepared features of the whole data set, ragged: no padding is stored."""

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from functools import cached_property
from hashlib import sha256
from typing import Self, TypeAlias

import numpy as np

from sequence_learning.features.sharded_array import ShardedArray
from sequence_learning.features.split import PARTS
from sequence_learning.spec import InputSpec, TargetSpec

#: In place of a part's index for rows that are new: they are only predicted.
NO_PART = 255

#: Something of every event.
EventArray: TypeAlias = np.ndarray | ShardedArray


@dataclass(frozen=True)
class ModelInput:
    """Arrays that may be memory-mapped; nothing writes to them.

    Those of events may be sharded, where they need not fit into memory: :meth:`portions` and :meth:`select` are there
    to read of them what does.

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

    values: EventArray
    codes: EventArray
    offsets: np.ndarray
    numeric: np.ndarray
    categorical: np.ndarray
    target: np.ndarray
    part: np.ndarray
    spec: InputSpec
    target_spec: TargetSpec
    ages: EventArray | None = None

    def __len__(self) -> int:
        return len(self.target)

    @cached_property
    def fingerprint(self) -> str:
        """A hash of everything in it: features with another one are other features."""
        whole = sha256()
        for field in fields(self):
            value = getattr(self, field.name)
            is_array = isinstance(value, np.ndarray | ShardedArray)
            whole.update(f"{field.name} {(value.dtype, value.shape) if is_array else value!r}\n".encode())
            for piece in _pieces(value) if is_array else ():
                whole.update(np.ascontiguousarray(piece).data)
        if self.window_events is not None:  # by which rows meet in a batch
            whole.update(f"window {self.window_events}".encode())
        return whole.hexdigest()

    @property
    def window_events(self) -> int | None:
        """How many events are to be in memory at once; None if all may be."""
        return self.values.window if isinstance(self.values, ShardedArray) else None

    def lengths_of(self, rows: np.ndarray) -> np.ndarray:
        """Events of each of ``rows``, int64."""
        return np.asarray(self.offsets[rows + 1] - self.offsets[rows])

    def events_of(self, rows: np.ndarray) -> np.ndarray:
        """Where the events of ``rows`` lie in ``values``: oldest first, one row after the other."""
        lengths = self.lengths_of(rows)
        first = lengths.cumsum() - lengths
        return np.asarray(np.repeat(self.offsets[rows] - first, lengths) + np.arange(lengths.sum()))

    def portions(self, rows: np.ndarray) -> list[np.ndarray]:
        """Which of ``rows``, by their positions, to work on at a time: all, unless their events are too many."""
        every = np.arange(len(rows))
        if self.window_events is None:
            return [every]
        events_before = self.lengths_of(rows).cumsum() - self.lengths_of(rows)
        return np.split(every, np.flatnonzero(np.diff(events_before // self.window_events)) + 1)

    def select(self, rows: np.ndarray) -> Self:
        """A copy of some rows, in their order."""
        return self.select_events(rows, self.events_of(rows), self.lengths_of(rows))

    def select_events(self, rows: np.ndarray, events: np.ndarray, lengths: np.ndarray) -> Self:
        """The same with other events: the first ``lengths[0]`` of these belong to the first of ``rows``, and so on."""
        return replace(
            self,
            values=self.values[events],
            codes=self.codes[events],
            ages=None if self.ages is None else self.ages[events],
            offsets=np.concatenate([[0], lengths.cumsum()]).astype(np.int64),
            numeric=self.numeric[rows],
            categorical=self.categorical[rows],
            target=self.target[rows],
            part=self.part[rows],
        )

    def rows(self, part: str) -> np.ndarray:
        """Indices of the rows of a part: ``train``, ``validation`` or ``test``."""
        return np.flatnonzero(self.part == PARTS.index(part))


def _pieces(array: EventArray) -> Iterable[np.ndarray]:
    return array.pieces() if isinstance(array, ShardedArray) else [array]
