"""What the options of every encoder tell of it."""

from typing import Literal

from sequence_learning.options import Options

#: How one vector is made of the states of all steps.
Pooling = Literal["last", "mean", "max", "attention"]


class EncoderConfig(Options):
    """Options of one encoder."""

    @property
    def needs_ages(self) -> bool:
        """Whether the encoder must be told how long ago each step was."""
        return False

    @property
    def order_free(self) -> bool:
        """Whether the vector does not depend on the order of the events, each of which keeps its age."""
        return False

    @property
    def reads_positions(self) -> bool:
        """Whether places of steps are counted, so that an older prefix must not move them."""
        return not self.order_free

    @property
    def differentiable(self) -> bool:
        """Whether states and vector have a gradient to the steps; if not, no embeddings of events are learned."""
        return True

    @property
    def length_exponent(self) -> float:
        """``k`` where computing the vector of ``L`` steps takes ``O(L ** k)`` operations; logarithms are not counted.

        It is the encoder's own: the model around it embeds and masks every step, which is linear, whatever follows.
        """
        return 1.0
