"""No sequence at all: the ablation every encoder has to beat."""

from torch import Tensor

from sequence_learning.encoders.base import EncoderConfig, SequenceEncoder
from sequence_learning.encoders.steps import Steps


class TabularOnlyConfig(EncoderConfig):
    """There is nothing to set."""

    @property
    def order_free(self) -> bool:
        """What is ignored has no order."""
        return True

    @property
    def differentiable(self) -> bool:
        """What is ignored has no gradient."""
        return False

    @property
    def length_exponent(self) -> float:
        """What is ignored costs nothing."""
        return 0.0


class TabularOnly(SequenceEncoder):
    """Ignores the sequence: an encoding of width zero, so that the model sees the tabular features alone.

    Pros: the cheapest model, and the measure of what a sequence adds. Cons: that it adds nothing.
    """

    config_class = TabularOnlyConfig

    def __init__(self, d_in: int, config: TabularOnlyConfig | None = None) -> None:
        super().__init__(d_in)
        self.d_out = 0

    def pool(self, steps: Steps) -> Tensor:
        """``(B, L, D) -> (B, 0)``."""
        return steps.values.new_zeros(len(steps.values), 0)
