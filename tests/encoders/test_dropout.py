import pytest
import torch

from sequence_learning.encoders.cpu_training import torch_layers
from sequence_learning.encoders.dropout import Dropout


@pytest.mark.parametrize("p", [0.02, 0.1, 0.5, 0.97])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float64])
def test_each_value_is_dropped_with_its_probability_and_the_mean_stays(p: float, dtype: torch.dtype) -> None:
    torch.manual_seed(0)
    n = 200_001  # no multiple of four
    x = torch.ones(n, dtype=dtype, requires_grad=True)
    output = Dropout(p)(x)
    assert output.dtype == dtype
    dropped = output == 0
    spread = (p * (1 - p) / n) ** 0.5
    assert abs(dropped.double().mean() - p) < 5 * spread
    torch.testing.assert_close(output[~dropped], torch.full_like(output[~dropped], 1 / (1 - p)), rtol=1e-2, atol=0)
    output.sum().backward()
    assert x.grad is not None
    assert torch.equal(x.grad, output.detach())


def test_draws_have_no_pattern_along_any_axis() -> None:
    torch.manual_seed(0)
    dropped = Dropout(0.5)(torch.ones(64, 64, 64)).eq(0).double() - 0.5
    for axis in range(3):
        for lag in (1, 2, 3, 4):
            beside = torch.roll(dropped, lag, dims=axis)
            assert (dropped * beside).mean().abs() < 5 * 0.25 / 64**1.5


def test_draws_depend_on_the_seed_alone() -> None:
    drawn = []
    for seed in (1, 1, 2):
        torch.manual_seed(seed)
        drawn.append(Dropout(0.5)(torch.ones(5, 7)))
    assert torch.equal(drawn[0], drawn[1])
    assert not torch.equal(drawn[0], drawn[2])


@pytest.mark.parametrize("p", [0.0, 1e-6, 0.3, 1.0])
def test_elsewhere_it_is_that_of_torch(p: float) -> None:
    x = torch.ones(100)
    assert torch.equal(Dropout(p).eval()(x), x)
    for training in (torch.no_grad, torch_layers):
        with training():
            drawn = []
            for kind in (Dropout, torch.nn.Dropout):
                torch.manual_seed(0)
                drawn.append(kind(p)(x))
            assert torch.equal(*drawn)


def test_all_or_nothing_is_dropped_where_the_probability_says_so() -> None:
    x = torch.ones(100)
    assert torch.equal(Dropout(0.0)(x), x)
    assert not Dropout(1.0)(x).any()
    assert Dropout(0.5)(torch.ones(0, 3)).shape == (0, 3)
