"""No sequence at all: the ablation every encoder has to beat."""

from torch import Tensor

from sequence_learning.encoders.base import SequenceEncoder
from sequence_learning.encoders.configs.tabular_only import TabularOnlyConfig
from sequence_learning.encoders.steps import Steps


class TabularOnly(SequenceEncoder):
    """Ignores the sequence: an encoding of width zero, so that the model sees the tabular features alone.

    Pros: the cheapest model, and the measure of what a sequence adds. Cons: that it adds nothing.
    """

    config_class = TabularOnlyConfig
    reads_ragged = fixed = True

    def __init__(self, d_in: int, config: TabularOnlyConfig | None = None) -> None:
        super().__init__(d_in)
        self.d_out = 0

    def pool(self, steps: Steps) -> Tensor:
        """``(B, L, D) -> (B, 0)``."""
        return steps.values.new_zeros(steps.lengths.shape[0], 0)
