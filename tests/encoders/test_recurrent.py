from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

from sequence_learning.encoders.configs.recurrent import RecurrentConfig
from sequence_learning.encoders.recurrent import Gru, Lstm, reversed_steps

LENGTHS = torch.tensor([5, 1, 3, 7])


def newest_state_of_packed(rnn: nn.RNNBase, x: torch.Tensor) -> torch.Tensor:
    _, state = rnn(pack_padded_sequence(x, LENGTHS, batch_first=True, enforce_sorted=False))
    return (state[0] if isinstance(state, tuple) else state)[-1]


@pytest.mark.parametrize("cls", [Lstm, Gru])
@pytest.mark.parametrize("n_layers", [1, 3])
def test_vector_is_the_last_state_of_a_packed_sequence(cls: type[Lstm] | type[Gru], n_layers: int) -> None:
    torch.manual_seed(0)
    encoder = cls(4, RecurrentConfig(hidden_size=6, n_layers=n_layers, dropout=0.5)).eval()
    x = torch.randn(4, 7, 4)
    torch.testing.assert_close(encoder(x, LENGTHS), newest_state_of_packed(encoder.rnn, x))


@pytest.mark.parametrize("cls", [Lstm, Gru])
def test_an_empty_sequence_gives_zeros(cls: type[Lstm] | type[Gru]) -> None:
    assert not cls(4)(torch.ones(1, 3, 4), torch.tensor([0])).any()


def test_lstm_and_gru_are_the_cells_they_are_named_after() -> None:
    assert isinstance(Lstm(2).rnn, nn.LSTM)
    assert isinstance(Gru(2).rnn, nn.GRU)


@pytest.mark.filterwarnings("error")
def test_dropout_without_a_second_layer_does_nothing_and_warns_of_nothing() -> None:
    encoder = Gru(2, RecurrentConfig(hidden_size=3, dropout=0.9)).train()
    x, lengths = torch.ones(1, 4, 2), torch.tensor([4])
    assert torch.equal(encoder(x, lengths), encoder(x, lengths))


@pytest.mark.parametrize("cls", [Lstm, Gru])
def test_both_directions_are_those_of_torch_on_packed_sequences(cls: type[Lstm] | type[Gru]) -> None:
    torch.manual_seed(0)
    encoder = cls(4, RecurrentConfig(hidden_size=6, bidirectional=True))
    assert encoder.backward_rnn is not None
    reference = encoder.cell(4, 6, batch_first=True, bidirectional=True)
    weights = encoder.rnn.state_dict()
    weights |= {f"{name}_reverse": weight for name, weight in encoder.backward_rnn.state_dict().items()}
    reference.load_state_dict(weights)
    x = torch.randn(4, 7, 4)
    _, state = reference(pack_padded_sequence(x, LENGTHS, batch_first=True, enforce_sorted=False))
    newest = state[0] if isinstance(state, tuple) else state
    torch.testing.assert_close(encoder(x, LENGTHS), torch.cat([newest[0], newest[1]], dim=1))


@pytest.mark.parametrize(("read_out", "reduce"), [("mean", torch.mean), ("max", torch.amax)])
def test_read_outs_are_those_of_torch_on_each_row_alone(read_out: Any, reduce: Callable[..., torch.Tensor]) -> None:
    torch.manual_seed(0)
    encoder = Gru(4, RecurrentConfig(hidden_size=6, read_out=read_out))
    x = torch.randn(4, 7, 4)
    expected = [reduce(encoder.rnn(x[b : b + 1, :n])[0], dim=1) for b, n in enumerate(LENGTHS.tolist())]
    torch.testing.assert_close(encoder(x, LENGTHS), torch.cat(expected))


def test_real_steps_are_reversed_and_padding_stays() -> None:
    x = torch.tensor([[1, 2, 3, 0], [4, 0, 0, 0], [0, 0, 0, 0], [5, 6, 7, 8]]).unsqueeze(-1)
    reverse = reversed_steps(x, torch.tensor([3, 1, 0, 4]))
    assert reverse.squeeze(-1).tolist() == [[3, 2, 1, 0], [4, 0, 0, 0], [0, 0, 0, 0], [8, 7, 6, 5]]
