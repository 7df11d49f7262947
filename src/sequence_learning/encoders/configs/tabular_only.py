"""Options of the model without a sequence: none."""

from sequence_learning.encoders.configs.base import EncoderConfig


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
