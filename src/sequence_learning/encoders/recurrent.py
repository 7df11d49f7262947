"""RNN: a state carried from the oldest step to the newest. LSTM and GRU."""

from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from sequence_learning.encoders.base import SequenceEncoder
from sequence_learning.encoders.configs.recurrent import RecurrentConfig
from sequence_learning.encoders.cpu_training import trains_in_32_bits_on_cpu
from sequence_learning.encoders.gru_states import gru_states
from sequence_learning.encoders.read_out import ReadOut
from sequence_learning.encoders.steps import Steps


class _Recurrent(SequenceEncoder):
    """Reads the real steps, forwards and perhaps backwards, and reads the states out.

    The state at a step depends on that step and those read before it, so steps padded on the right cannot reach it
    and no packing is needed; backwards, the real steps are reversed and padding stays on the right. An empty
    sequence gives zeros.
    """

    config_class = RecurrentConfig
    cell: ClassVar[type[nn.LSTM] | type[nn.GRU]]

    def __init__(self, d_in: int, config: RecurrentConfig | None = None) -> None:
        super().__init__(d_in)
        self.config = config or RecurrentConfig()
        self.rnn = self._stack(d_in)
        self.backward_rnn = self._stack(d_in) if self.config.bidirectional else None
        self.d_step = self.d_out = self.config.hidden_size * (1 + self.config.bidirectional)
        self.read_out = ReadOut(self.config.read_out, self.d_out)

    def _stack(self, d_in: int) -> nn.LSTM | nn.GRU:
        n_layers = self.config.n_layers
        dropout = self.config.dropout if n_layers > 1 else 0.0
        return self.cell(d_in, self.config.hidden_size, n_layers, batch_first=True, dropout=dropout)

    def states(self, steps: Steps) -> Steps:
        """``(B, L, D) -> (B, L, hidden_size)``, twice as wide when bidirectional."""
        states = self._read(self.rnn, steps.values)
        if self.backward_rnn is not None:
            backward_states = self._read(self.backward_rnn, reversed_steps(steps.values, steps.lengths))
            states = torch.cat([states, reversed_steps(backward_states, steps.lengths)], dim=-1)
        return steps.with_values(states)

    def _read(self, rnn: Any, values: Tensor) -> Tensor:  # noqa: ANN401
        """All states of one direction: ``(B, L, D) -> (B, L, hidden_size)``."""
        states: Tensor = rnn(values)[0]
        return states

    def pool(self, steps: Steps) -> Tensor:
        """The end of the reading, or a pooling: ``(B, L, d_step) -> (B, d_step)``."""
        if self.backward_rnn is None or self.config.read_out != "last":
            return self.read_out(steps)  # type: ignore[no-any-return]
        forward_states, backward_states = steps.values.chunk(2, dim=-1)
        # The backward reading ends at the oldest step.
        return torch.cat([steps.newest(forward_states), backward_states[:, 0]], dim=1)

    def step_weights(self, steps: Steps, states: Steps) -> Tensor | None:
        """With attention pooling, how much each state counts, ``(B, L, 1)``."""
        return self.read_out.weights(states)


class Lstm(_Recurrent):
    r"""Long short-term memory (Hochreiter & Schmidhuber, 1997, https://doi.org/10.1162/neco.1997.9.8.1735).

    :math:`c_t = f_t \odot c_{t-1} + i_t \odot \tanh(W_c [h_{t-1}; x_t])`, :math:`h_t = o_t \odot \tanh(c_t)`, with
    gates :math:`f, i, o = \sigma(W [h_{t-1}; x_t])`. Cost :math:`O(L H (D + H))`, one step after the other; computed by
    ``torch.nn.LSTM``.

    Pros: order, recency and counting come naturally. Cons: no parallelism over steps.
    """

    cell = nn.LSTM


class Gru(_Recurrent):
    r"""Gated recurrent unit (Cho et al., 2014, https://arxiv.org/abs/1406.1078).

    :math:`h_t = (1 - z_t) \odot n_t + z_t \odot h_{t-1}`, :math:`n_t = \tanh(W_n x_t + r_t \odot U_n h_{t-1})`, with
    gates :math:`z, r = \sigma(W [h_{t-1}; x_t])`. Three matrices to the LSTM's four. Cost :math:`O(L H (D + H))`, one
    step after the other; computed by ``torch.nn.GRU``, and where a CPU trains in 32 bits by
    :func:`~sequence_learning.encoders.gru_states.gru_states`. Pros and cons are the LSTM's.
    """

    cell = nn.GRU

    def _read(self, rnn: Any, values: Tensor) -> Tensor:  # noqa: ANN401
        """Torch's own kernels without gradients, on a GPU, in 16 bits, and while compiling."""
        return gru_states(rnn, values) if trains_in_32_bits_on_cpu(values) else super()._read(rnn, values)


def reversed_steps(x_seq: Tensor, lengths: Tensor) -> Tensor:
    """The real steps of each row in reverse order, ``(B, L, D) -> (B, L, D)``; padding stays on the right."""
    step = torch.arange(x_seq.shape[1], device=x_seq.device)
    mirrored = lengths.unsqueeze(1) - 1 - step
    index = torch.where(mirrored >= 0, mirrored, step)
    return x_seq.gather(1, index.unsqueeze(-1).expand_as(x_seq))
