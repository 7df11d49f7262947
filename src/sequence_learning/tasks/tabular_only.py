"""The sequence carries nothing."""

import numpy as np

from sequence_learning.tasks.base import KnownTruthTask
from sequence_learning.tasks.sequences import Sequences


class TabularOnly(KnownTruthTask):
    """A bent function of two tabular numbers and an effect of the segment: no sequence encoder is needed."""

    simplest = "tabular_only"
    insufficient = ()
    order_matters = False

    def signal(self, sequences: Sequences) -> np.ndarray:
        """A line, an absolute value and a step per segment, in equal parts."""
        straight, bent = sequences.tabular[:, 0], np.abs(sequences.tabular[:, 1])
        step = np.where(sequences.segment % 2 == 0, 1.0, -1.0)
        return np.asarray(straight + bent / np.sqrt(1 - 2 / np.pi) + step)
