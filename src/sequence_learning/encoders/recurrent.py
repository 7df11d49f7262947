"""RNN: a state carried from the oldest step to the newest. LSTM and GRU."""

from typing import ClassVar

from pydantic import Field
from torch import Tensor, nn

from sequence_learning.encoders.base import EncoderConfig, SequenceEncoder
from sequence_learning.encoders.pooling import last_step


class RecurrentConfig(EncoderConfig):
    """Size of the state.

    Attributes:
        hidden_size: numbers in the state.
        n_layers: recurrent layers, one reading the states of the one below.
        dropout: share dropped between layers, from 0 up to 1; no effect with one layer.
    """

    hidden_size: int = Field(64, ge=1)
    n_layers: int = Field(1, ge=1)
    dropout: float = Field(0.0, ge=0, lt=1)


class _Recurrent(SequenceEncoder):
    """Reads left to right and keeps the state at each row's own newest step.

    The state at a step depends on that step and older ones, so steps padded on the right cannot reach it and no
    packing is needed. An empty sequence gives zeros.
    """

    config_class = RecurrentConfig
    cell: ClassVar[type[nn.LSTM] | type[nn.GRU]]

    def __init__(self, d_in: int, config: RecurrentConfig | None = None) -> None:
        nn.Module.__init__(self)
        config = config or RecurrentConfig()
        self.rnn = self.cell(
            d_in,
            config.hidden_size,
            config.n_layers,
            batch_first=True,
            dropout=config.dropout if config.n_layers > 1 else 0.0,
        )
        self.d_out = config.hidden_size

    def encode(self, x_seq: Tensor, mask: Tensor, lengths: Tensor) -> Tensor:
        """``(B, L, D) -> (B, hidden_size)``."""
        states, _ = self.rnn(x_seq)
        return last_step(states, lengths)


class Lstm(_Recurrent):
    r"""Long short-term memory; the state after the newest step.

    Cost :math:`O(L H (D + H))`, one step after the other. Hochreiter & Schmidhuber, 1997; as
    ``torch.nn.LSTM`` computes it.
    """

    cell = nn.LSTM


class Gru(_Recurrent):
    r"""Gated recurrent unit; the state after the newest step.

    Three gates to the LSTM's four. Cost :math:`O(L H (D + H))`, one step after the other. Cho et al., 2014,
    https://arxiv.org/abs/1406.1078; as ``torch.nn.GRU`` computes it.
    """

    cell = nn.GRU
