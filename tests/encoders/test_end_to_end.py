import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from sequence_learning.encoders.cnn import Cnn
from sequence_learning.encoders.configs.cnn import CnnConfig
from sequence_learning.encoders.cpu_training import torch_layers
from sequence_learning.encoders.end_to_end import end_to_end, is_shorter
from sequence_learning.encoders.steps import Steps


def _steps(lengths: list[int], n_steps: int) -> Steps:
    torch.manual_seed(0)
    x = torch.randn(len(lengths), n_steps, 3, dtype=torch.float64, requires_grad=True)
    return Steps.of(x, torch.tensor(lengths))


@given(lengths=st.lists(st.integers(0, 7), min_size=1, max_size=6), gap=st.integers(1, 4))
def test_values_come_back_to_where_they_were(lengths: list[int], gap: int) -> None:
    steps = _steps(lengths, 7)
    seen: list[Tensor] = []

    def change(line: Steps) -> Steps:
        seen.append(line.mask)
        return line.with_values(2 * line.values)

    changed = end_to_end(steps, gap, change)
    torch.testing.assert_close(changed.values, 2 * steps.values)
    expected = [step for n in lengths for step in [True] * n + [False] * gap]
    assert seen[0].tolist() == [expected]


@pytest.mark.parametrize("block", ["plain", "dilated", "inception"])
@given(lengths=st.lists(st.integers(0, 9), min_size=1, max_size=5), kernel_size=st.sampled_from([1, 3, 5]))
def test_convolutions_and_their_gradients_are_those_of_padded_steps(
    block: str, lengths: list[int], kernel_size: int
) -> None:
    config = {"block": block, "channels": 4, "n_layers": 3, "kernel_size": kernel_size}
    encoder = Cnn(3, CnnConfig.model_validate(config)).double()
    steps = _steps(lengths, 9)
    padded = encoder._convolve(steps).values
    laid = end_to_end(steps, encoder.config.reach, encoder._convolve).values
    torch.testing.assert_close(laid, padded)
    weights = list(encoder.parameters())
    for value, expected in zip(*(torch.autograd.grad(v.square().sum(), weights) for v in (laid, padded)), strict=True):
        torch.testing.assert_close(value, expected)


def test_a_smaller_gap_would_mix_sequences() -> None:
    encoder = Cnn(3, CnnConfig(channels=4, n_layers=1, kernel_size=5)).double()
    steps = _steps([4, 4], 4)
    laid = end_to_end(steps, encoder.config.reach - 1, encoder._convolve).values
    assert not torch.allclose(laid, encoder._convolve(steps).values)


def test_a_line_is_shorter_unless_gaps_are_longer_than_the_padding() -> None:
    assert is_shorter(_steps([1, 2, 9], 9), gap=2)
    assert not is_shorter(_steps([1, 2, 3], 4), gap=2)
    assert not is_shorter(_steps([40, 40], 40), gap=1)


def test_training_lays_sequences_end_to_end(monkeypatch: pytest.MonkeyPatch) -> None:
    rows: list[int] = []
    encoder = Cnn(3).double()
    convolve = encoder._convolve

    def counted(steps: Steps) -> Steps:
        rows.append(len(steps.values))
        return convolve(steps)

    monkeypatch.setattr(encoder, "_convolve", counted)
    encoder.states(_steps([1, 30], 30))
    with torch.no_grad():
        encoder.states(_steps([1, 30], 30))
    with torch_layers():
        encoder.states(_steps([1, 30], 30))
    assert rows == [1, 2, 2]
