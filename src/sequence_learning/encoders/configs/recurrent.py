"""Options of the RNNs."""

from pydantic import Field

from sequence_learning.encoders.configs.base import EncoderConfig, Pooling


class RecurrentConfig(EncoderConfig):
    """Size of the state, directions and read-out.

    Attributes:
        hidden_size: numbers in the state.
        n_layers: recurrent layers, one reading the states of the one below.
        dropout: share dropped between layers, from 0 up to 1; no effect with one layer.
        bidirectional: whether a second stack reads from the newest step to the oldest; its states stand beside the
            first's.
        read_out: ``last`` (the state at the end of the reading), ``mean``, ``max`` or ``attention`` over all states.
    """

    hidden_size: int = Field(64, ge=1)
    n_layers: int = Field(1, ge=1)
    dropout: float = Field(0.0, ge=0, lt=1)
    bidirectional: bool = False
    read_out: Pooling = "last"

    @property
    def reads_positions(self) -> bool:
        """The same recurrence at every step."""
        return False
