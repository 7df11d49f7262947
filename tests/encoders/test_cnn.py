import pytest
import torch
from torch.nn import functional as F  # noqa: N812

from sequence_learning.encoders.cnn import Cnn, DilatedBlock, InceptionBlock, PlainBlock
from sequence_learning.encoders.configs.cnn import CnnConfig
from sequence_learning.encoders.steps import Steps


def convolve(steps: torch.Tensor, convolution: torch.nn.Conv1d) -> torch.Tensor:
    """``(1, D, n) -> (1, H, n)`` with zeros beyond both ends."""
    spread = convolution.dilation[0]
    width = spread * (convolution.weight.shape[-1] // 2)
    return F.conv1d(F.pad(steps, (width, width)), convolution.weight, convolution.bias, dilation=spread)


def plain(block: PlainBlock, steps: torch.Tensor) -> torch.Tensor:
    return convolve(steps, block.convolution).relu()


def dilated(block: DilatedBlock, steps: torch.Tensor) -> torch.Tensor:
    inside = convolve(convolve(steps, block.first).relu(), block.second).relu()
    if steps.shape[1] == inside.shape[1]:
        return inside + steps
    return inside + F.linear(steps.mT, block.shortcut.weight, block.shortcut.bias).mT


def inception(block: InceptionBlock, steps: torch.Tensor) -> torch.Tensor:
    pooled = F.max_pool1d(steps, kernel_size=3, stride=1, padding=1)
    branches = [convolve(steps, convolution) for convolution in block.convolutions]
    branches.append(F.linear(pooled.mT, block.pooled.weight, block.pooled.bias).mT)
    return torch.cat(branches, dim=1).relu() + F.linear(steps.mT, block.shortcut.weight).mT


REFERENCES = {"plain": plain, "dilated": dilated, "inception": inception}


@pytest.mark.parametrize("block", REFERENCES)
@pytest.mark.parametrize(("n_layers", "kernel_size"), [(1, 1), (2, 3), (3, 5)])
def test_vector_is_that_of_each_row_convolved_alone(block: str, n_layers: int, kernel_size: int) -> None:
    torch.manual_seed(0)
    options = {"block": block, "channels": 8, "n_layers": n_layers, "kernel_size": kernel_size}
    encoder = Cnn(3, CnnConfig.model_validate(options))
    x, lengths = torch.randn(3, 8, 3), [8, 1, 5]
    expected = []
    for row, n in zip(x, lengths, strict=True):
        steps = row[:n].T.unsqueeze(0)
        for layer in encoder.blocks:
            steps = REFERENCES[block](layer, steps)
        expected.append(torch.cat([steps.mean(dim=2), steps.amax(dim=2)], dim=1).squeeze(0))
    torch.testing.assert_close(encoder(x, torch.tensor(lengths)), torch.stack(expected))


def test_an_empty_sequence_gives_zeros() -> None:
    assert not Cnn(3)(torch.ones(1, 4, 3), torch.tensor([0])).any()


@pytest.mark.parametrize("block", ["plain", "dilated", "inception"])
@pytest.mark.parametrize(("n_layers", "kernel_size"), [(1, 5), (2, 5), (3, 3), (2, 1)])
def test_receptive_field_is_the_number_of_steps_that_reach_one_output(
    block: str, n_layers: int, kernel_size: int
) -> None:
    torch.manual_seed(0)
    config = CnnConfig.model_validate(
        {"block": block, "channels": 64, "n_layers": n_layers, "kernel_size": kernel_size}
    )
    n_steps = 2 * config.receptive_field + 1
    # Positive steps through positive weights: no ReLU is ever closed, so whatever can be seen is seen.
    x = torch.rand(1, n_steps, 2, dtype=torch.float64).requires_grad_()
    encoder = Cnn(2, config).double()
    with torch.no_grad():
        for weight in encoder.parameters():
            weight.abs_()
    states = encoder.states(Steps.of(x, torch.tensor([n_steps]))).values
    states[0, n_steps // 2].sum().backward()
    assert x.grad is not None
    assert int(x.grad.any(dim=2).sum()) == config.receptive_field


def test_dropout_acts_while_training_alone() -> None:
    torch.manual_seed(0)
    encoder, x, lengths = Cnn(3, CnnConfig(dropout=0.5)), torch.ones(1, 4, 3), torch.tensor([4])
    assert not torch.equal(encoder(x, lengths), encoder(x, lengths))
    encoder.eval()
    assert torch.equal(encoder(x, lengths), encoder(x, lengths))


@pytest.mark.parametrize("n_steps", [[6, 0, 3, 6], [60, 1, 2, 0]])  # side by side, and end to end
@pytest.mark.parametrize("block", ["plain", "dilated", "inception"])
def test_in_16_bits_convolutions_are_matrix_products_with_the_same_result(
    block: str, n_steps: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.manual_seed(0)
    encoder = Cnn(3, CnnConfig.model_validate({"block": block, "channels": 8, "n_layers": 2, "dropout": 0.0}))
    x, lengths = torch.randn(4, max(n_steps), 3), torch.tensor(n_steps)
    with torch.no_grad():
        exact = encoder(x, lengths)
    monkeypatch.setattr(torch.nn.Conv1d, "forward", None)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        rounded = encoder(x, lengths)
    torch.testing.assert_close(rounded.float(), exact, atol=0.05, rtol=0.05)
