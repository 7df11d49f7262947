import numpy as np
import torch

from sequence_learning.encoders.configs.state_space import StateSpaceConfig
from sequence_learning.encoders.state_space import DiagonalRecurrences, StateSpace


def recurrence(layer: DiagonalRecurrences, x: np.ndarray) -> np.ndarray:
    """``(L, H)`` one step after the other."""
    fade, turn, real, imaginary = (value.detach().numpy() for value in layer.discrete())
    step_a, c_b = fade + 1j * turn, real + 1j * imaginary
    state, outputs = np.zeros_like(step_a), []
    for step in x:
        state = np.exp(step_a) * state + step[:, None]
        outputs.append(2 * (c_b * state).sum(axis=1).real + layer.skip.detach().numpy() * step)
    return np.stack(outputs)


def test_convolution_equals_its_own_recurrence() -> None:
    torch.manual_seed(0)
    layer = DiagonalRecurrences(3, 4).double()
    x = torch.randn(1, 50, 3, dtype=torch.float64)
    np.testing.assert_allclose(layer(x)[0].detach().numpy(), recurrence(layer, x[0].numpy()), atol=1e-10)


def test_what_is_read_is_that_of_complex_arithmetic() -> None:
    torch.manual_seed(0)
    layer = DiagonalRecurrences(3, 4).double()
    a = torch.complex(-layer.log_decay.exp(), layer.frequency)
    step_a = a * layer.log_step.exp().unsqueeze(1)
    c_b = torch.complex(layer.read_real, layer.read_imaginary) * torch.expm1(step_a) / a
    for part, expected in zip(layer.discrete(), (step_a.real, step_a.imag, c_b.real, c_b.imag), strict=True):
        torch.testing.assert_close(part, expected)


def test_the_state_fades() -> None:
    torch.manual_seed(0)
    kernel = DiagonalRecurrences(8, 4).kernel(20_000).abs()
    assert (kernel[:, -1] < 1e-3 * kernel.amax(dim=1)).all()


def test_an_empty_sequence_gives_zeros() -> None:
    encoder = StateSpace(2, StateSpaceConfig(d_model=4)).eval()
    assert not encoder(torch.ones(1, 3, 2), torch.tensor([0])).any()
