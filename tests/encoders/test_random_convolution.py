import numpy as np
import pytest
import torch

from sequence_learning.encoders.configs.random_convolution import RandomConvolutionConfig
from sequence_learning.encoders.random_convolution import RandomConvolution

CONFIG = RandomConvolutionConfig(n_kernels=5, n_dilations=3, seed=1)


def reference(encoder: RandomConvolution, row: np.ndarray) -> np.ndarray:
    """Shares of positive responses of one row, which has no padding of its own."""
    shares = []
    for i in range(CONFIG.n_dilations):
        kernels, biases = (getattr(encoder, f"{name}_{i}").numpy() for name in ("kernels", "biases"))
        reach = 4 * 2**i
        padded = np.pad(row, ((reach, reach), (0, 0)))
        windows = np.stack([padded[t : t + 2 * reach + 1 : 2**i] for t in range(len(row))])
        shares.append((np.einsum("ltd,kdt->lk", windows, kernels) + biases > 0).mean(axis=0))
    return np.concatenate(shares)


def test_vector_is_that_of_numpy_on_each_row() -> None:
    encoder = RandomConvolution(3, CONFIG)
    x, lengths = torch.randn(3, 12, 3, generator=torch.Generator().manual_seed(0)), [12, 1, 7]
    expected = np.stack([reference(encoder, x[b, :n].numpy()) for b, n in enumerate(lengths)])
    np.testing.assert_allclose(encoder(x, torch.tensor(lengths)).numpy(), expected, atol=1e-6)


def test_nothing_is_learned() -> None:
    assert not list(RandomConvolution(3, CONFIG).parameters())


@pytest.mark.parametrize("seed", [1, 2])
def test_kernels_are_those_of_the_seed_whatever_ran_before(seed: int) -> None:
    torch.manual_seed(seed)
    other = RandomConvolution(3, CONFIG.model_copy(update={"seed": seed}))
    torch.manual_seed(99)
    same = torch.equal(other.kernels_0, RandomConvolution(3, CONFIG).kernels_0)  # type: ignore[arg-type]
    assert same == (seed == CONFIG.seed)


def test_a_constant_has_no_response_but_the_bias() -> None:
    encoder = RandomConvolution(2, CONFIG)
    assert not encoder.kernels_0.sum(dim=2).any()  # type: ignore[operator, union-attr]
