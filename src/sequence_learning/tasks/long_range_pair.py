"""The newest event asks for one far back."""

import numpy as np
from pydantic import Field

from sequence_learning.tasks.base import ONE_BY_ONE, KnownTruthTask, TaskConfig
from sequence_learning.tasks.sequences import Sequences


class LongRangePairConfig(TaskConfig):
    """How many kinds there are to tell apart; a pair needs two events."""

    n_kinds: int = Field(8, ge=2)
    min_length: int = Field(8, ge=2)
    max_length: int = Field(24, ge=2)


class LongRangePair(KnownTruthTask):
    """Associative recall: ``channel_0`` of the one event in the older half that is of the newest event's kind.

    No other event is of that kind. A Transformer's newest event finds its partner in one step of attention, however
    far back; a recurrent network must carry a reading for every kind along, a CNN has to reach that far, and a score
    for each event alone does not know what is asked for. Kinds never go missing: they are tied to each other, and the
    best prediction would not be known.
    """

    config_class = LongRangePairConfig
    simplest = "transformer"
    insufficient = ONE_BY_ONE
    hides_kinds = False

    def draw(self, rng: np.random.Generator) -> Sequences:
        """Give the kind of the newest event to one older event and take it from all others."""
        sequences = super().draw(rng)
        n, longest = sequences.mask.shape
        asked = sequences.kinds[:, -1]
        partner = longest - sequences.lengths + rng.integers(0, sequences.lengths // 2)
        # Others that are of the kind asked for become one of the remaining kinds, each as likely.
        other = (asked[:, None] + rng.integers(1, self.config.n_kinds, size=(n, longest))) % self.config.n_kinds
        kinds = np.where(sequences.kinds == asked[:, None], other, sequences.kinds)
        kinds[np.arange(n), partner] = asked
        kinds[:, -1] = asked
        return sequences.replaced(sequences.readings, kinds)

    def pairs(self, sequences: Sequences) -> np.ndarray:
        """Which events are of the newest one's kind, itself left out, ``(N, L)`` bool."""
        alike = sequences.kinds == sequences.kinds[:, -1:]
        alike[:, -1] = False
        return np.asarray(alike)

    def signal(self, sequences: Sequences) -> np.ndarray:
        """The partner's reading."""
        return sequences.weighted_mean(self.pairs(sequences), 0)

    def order_free_signal(self, sequences: Sequences, rng: np.random.Generator) -> np.ndarray:
        """Without the order, any event of a kind that occurs just twice may be the partner, each as likely."""
        candidates = np.zeros_like(sequences.mask)
        for kind in range(self.config.n_kinds):
            of_kind = sequences.kinds == kind
            candidates |= of_kind & (of_kind.sum(axis=1, keepdims=True) == 2)
        chosen = np.where(candidates, rng.random(candidates.shape), -1.0).argmax(axis=1)
        return np.asarray(sequences.readings[np.arange(len(chosen)), chosen, 0])
