import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from sequence_learning.encoders.pooling import largest, masked_quantile, mean, smallest, std
from sequence_learning.encoders.steps import Steps


def steps_of(lengths: list[int]) -> Steps:
    x = torch.randn(len(lengths), max(lengths), 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    return Steps.of(x, torch.tensor(lengths))


@given(lengths=st.lists(st.integers(1, 6), min_size=1, max_size=4), share=st.floats(0, 1))
def test_summaries_are_those_of_numpy(lengths: list[int], share: float) -> None:
    steps = steps_of(lengths)
    rows = [steps.values[b, :n].numpy() for b, n in enumerate(lengths)]
    for found, expected in (
        (mean(steps), [row.mean(axis=0) for row in rows]),
        (largest(steps), [row.max(axis=0) for row in rows]),
        (smallest(steps), [row.min(axis=0) for row in rows]),
        (masked_quantile(steps, share), [np.quantile(row, share, axis=0) for row in rows]),
    ):
        np.testing.assert_allclose(found, np.stack(expected), atol=1e-12)
    # The root is taken of no less than 1e-12.
    np.testing.assert_allclose(std(steps), np.stack([row.std(axis=0) for row in rows]), atol=1.1e-6)


def test_summaries_of_nothing_are_zero() -> None:
    steps = steps_of([0, 1])
    for summary in (mean, std, largest, smallest, lambda some: masked_quantile(some, 0.5)):
        assert summary(steps)[0].tolist() == [0.0, 0.0]
