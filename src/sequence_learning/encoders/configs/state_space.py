"""Options of the diagonal state space."""

from pydantic import Field

from sequence_learning.encoders.configs.base import EncoderConfig, Pooling


class StateSpaceConfig(EncoderConfig):
    """Shape of the stack.

    Attributes:
        d_model: width of a step inside.
        d_state: complex numbers in the state of each of the ``d_model`` recurrences.
        n_layers: blocks.
        dropout: share dropped inside the blocks, from 0 up to 1.
        read_out: ``last``, ``mean``, ``max`` or ``attention`` over the states of all steps.
    """

    d_model: int = Field(64, ge=1)
    d_state: int = Field(16, ge=1)
    n_layers: int = Field(2, ge=1)
    dropout: float = Field(0.1, ge=0, lt=1)
    read_out: Pooling = "mean"

    @property
    def reads_positions(self) -> bool:
        """The same recurrence at every step."""
        return False
