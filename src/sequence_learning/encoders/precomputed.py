"""What an encoder has made of the sequences before, in place of the encoder."""

from torch import Tensor

from sequence_learning.encoders.base import SequenceEncoder
from sequence_learning.encoders.steps import Steps


class Precomputed(SequenceEncoder):
    """Reads vectors that are given as sequences of one step, ``(B, 1, S)``; with ``S = d_in``."""

    reads_ragged = True

    def __init__(self, d_in: int) -> None:
        super().__init__(d_in)
        self.d_out = d_in

    def pool(self, steps: Steps) -> Tensor:
        """``(B, 1, S) -> (B, S)``."""
        return steps.values.flatten(1)
