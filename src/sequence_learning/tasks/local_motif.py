"""A short pattern occurs somewhere, or does not."""

from typing import Self

import numpy as np
from pydantic import Field, model_validator

from sequence_learning.tasks.base import ONE_BY_ONE, KnownTruthTask, TaskConfig
from sequence_learning.tasks.sequences import Sequences


class LocalMotifConfig(TaskConfig):
    """Which pattern.

    Attributes:
        motif: kinds of events, oldest first.
        spacing: steps from one event of the pattern to the next.
    """

    n_kinds: int = Field(3, ge=2)
    motif: tuple[int, ...] = Field((0, 1, 2), min_length=2)
    spacing: int = Field(1, ge=1)

    @model_validator(mode="after")
    def _kinds_exist(self) -> Self:
        if not set(self.motif) <= set(range(self.n_kinds)):
            raise ValueError(
                f"motif must be made of kinds from 0 to {self.n_kinds - 1}, got {list(self.motif)}; "
                "correct it, or raise n_kinds"
            )
        return self


class LocalMotif(KnownTruthTask):
    """Whether the kinds of some events, ``spacing`` steps apart, are the motif.

    A CNN whose receptive field holds the motif finds it with one kernel and its maximum. A weighted mean of single
    events knows how often each kind occurs, and at most roughly where. Where no sequence has room for the motif, or
    all are so long that it occurs in every one, there is nothing to learn and all of the target is noise.
    """

    config_class = LocalMotifConfig
    config: LocalMotifConfig
    simplest = "cnn"
    insufficient = ONE_BY_ONE

    def signal(self, sequences: Sequences) -> np.ndarray:
        """1 if the motif occurs, else 0."""
        return np.asarray(self.occurrences(sequences).any(axis=1), dtype=np.float64)

    def occurrences(self, sequences: Sequences) -> np.ndarray:
        """Where the motif begins, ``(N, L')`` bool; padding is of no kind, so it takes part in none."""
        motif, spacing = self.config.motif, self.config.spacing
        n_places = max(0, sequences.kinds.shape[1] - spacing * (len(motif) - 1))
        found = np.ones((len(sequences.kinds), n_places), dtype=bool)
        for i, kind in enumerate(motif):
            found &= sequences.kinds[:, spacing * i : spacing * i + n_places] == kind
        return found
