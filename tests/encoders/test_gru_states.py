import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from sequence_learning.encoders.gru_states import gru_states


def reference_and_own(gru: nn.GRU, x: torch.Tensor) -> list[tuple[torch.Tensor, ...]]:
    """States and every gradient, of a loss that weighs all states differently."""
    results = []
    for states in (gru(x)[0], gru_states(gru, x)):
        torch.manual_seed(1)
        loss = (states * torch.randn_like(states)).sum()
        results.append((states, *torch.autograd.grad(loss, [x, *gru.parameters()])))
    return results


@settings(max_examples=25, deadline=None)
@given(rows=st.integers(1, 5), steps=st.integers(1, 9), size=st.integers(1, 7), layers=st.integers(1, 3))
def test_states_and_gradients_are_those_of_torch(rows: int, steps: int, size: int, layers: int) -> None:
    torch.manual_seed(0)
    gru = nn.GRU(3, size, layers, batch_first=True).double()
    x = torch.randn(rows, steps, 3, dtype=torch.float64, requires_grad=True)
    reference, own = reference_and_own(gru, x)
    torch.testing.assert_close(own, reference)


def test_gradients_are_those_of_finite_differences() -> None:
    torch.manual_seed(0)
    gru = nn.GRU(2, 3, batch_first=True).double()
    x = torch.randn(2, 4, 2, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: gru_states(gru, x), [x])


def test_dropout_is_between_layers_and_in_training_alone() -> None:
    gru = nn.GRU(2, 8, num_layers=2, dropout=0.5, batch_first=True)
    x = torch.randn(2, 4, 2)
    assert not torch.equal(gru_states(gru, x), gru_states(gru, x))
    torch.testing.assert_close(gru_states(gru.eval(), x), gru(x)[0])


def test_a_gradient_of_a_gradient_is_refused() -> None:
    x = torch.randn(1, 3, 2, requires_grad=True)
    states = gru_states(nn.GRU(2, 2, batch_first=True), x)
    with pytest.raises(RuntimeError, match="first order only"):
        torch.autograd.grad(states.sum(), x, create_graph=True)
