"""Nothing can be predicted."""

import numpy as np

from sequence_learning.tasks.base import KnownTruthTask
from sequence_learning.tasks.sequences import Sequences


class PureNoise(KnownTruthTask):
    """A target that depends on nothing in the tables: the honest score of every model is zero."""

    simplest = None
    insufficient = ()
    order_matters = False

    def signal(self, sequences: Sequences) -> np.ndarray:
        """Nothing; all of the target is noise, whatever the share."""
        return np.zeros(len(sequences.mask))
