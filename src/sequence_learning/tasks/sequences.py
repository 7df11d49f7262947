"""Complete sequences, before any reading goes missing: what the target of a task with known truth is made of."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np


@dataclass(frozen=True)
class Sequences:
    """Entities and their events, padded on the left: the newest event stands in the last column.

    Attributes:
        readings: ``(N, L, C)`` float, zero where padded.
        kinds: ``(N, L)`` int, the kind of each event; -1 where padded.
        mask: ``(N, L)`` bool, True where an event is real.
        tabular: ``(N, T)`` float.
        segment: ``(N,)`` int, a tabular category.
        ages: ``(N, L)`` float, time from each event to the prediction, zero where padded; None where events have no
            time.
    """

    readings: np.ndarray
    kinds: np.ndarray
    mask: np.ndarray
    tabular: np.ndarray
    segment: np.ndarray
    ages: np.ndarray | None = None

    @property
    def lengths(self) -> np.ndarray:
        """Events of each entity, ``(N,)``."""
        return np.asarray(self.mask.sum(axis=1))

    @property
    def positions(self) -> np.ndarray:
        """Steps back from the newest event, ``(L,)``: 0 in the last column."""
        return np.arange(self.mask.shape[1])[::-1]

    def weighted_mean(self, weights: np.ndarray, channel: int) -> np.ndarray:
        """Mean of a channel with ``weights`` ``(N, L)`` or ``(L,)``; 0 where they have no sum. ``(N,)``."""
        weights = weights * self.mask
        total = weights.sum(axis=1)
        return np.asarray((weights * self.readings[:, :, channel]).sum(axis=1) / np.where(total == 0, 1, total))

    def replaced(self, readings: np.ndarray, kinds: np.ndarray) -> Self:
        """The same entities with other events."""
        return replace(self, readings=readings, kinds=kinds)

    def rearranged(self, rng: np.random.Generator) -> Self:
        """Every entity's readings and kinds, together, in a random order; lengths and ages stay where they are."""
        shuffled = np.where(self.mask, rng.random(self.mask.shape), -1.0)  # padding stays in front
        order = shuffled.argsort(axis=1)
        return self.replaced(
            np.take_along_axis(self.readings, order[:, :, None], axis=1), np.take_along_axis(self.kinds, order, axis=1)
        )
