import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sequence_learning.encoders.configs.statistical_aggregation import StatisticalAggregationConfig
from sequence_learning.encoders.statistical_aggregation import StatisticalAggregation

REFERENCE = {
    "mean": lambda row: row.mean(axis=0),
    "max": lambda row: row.max(axis=0),
    "sum": lambda row: row.sum(axis=0),
    "min": lambda row: row.min(axis=0),
    "std": lambda row: row.std(axis=0),
    "last": lambda row: row[-1],
}
rows = arrays(np.float64, st.tuples(st.integers(0, 5), st.just(2)), elements=st.floats(-100, 100))


def aggregate(ragged: list[np.ndarray], statistics: tuple[str, ...]) -> np.ndarray:
    x = torch.nn.utils.rnn.pad_sequence([torch.from_numpy(row) for row in ragged], batch_first=True)
    config = StatisticalAggregationConfig.model_validate({"statistics": statistics})
    return StatisticalAggregation(2, config)(x, torch.tensor([len(row) for row in ragged])).numpy()


@pytest.mark.parametrize("statistic", REFERENCE)
@given(ragged=st.lists(rows, min_size=1, max_size=4))
def test_statistics_are_those_of_numpy_on_each_row(statistic: str, ragged: list[np.ndarray]) -> None:
    expected = [REFERENCE[statistic](row) if len(row) else np.zeros(2) for row in ragged]
    # The standard deviation is kept a millionth above zero, where its slope would be infinite.
    np.testing.assert_allclose(aggregate(ragged, (statistic,)), expected, atol=2e-6)


def test_statistics_come_in_the_order_of_the_configuration() -> None:
    row = np.array([[1.0, 10.0], [3.0, 20.0]])
    assert aggregate([row], ("sum", "min", "last")).tolist() == [[4, 30, 1, 10, 3, 20]]


def test_default_statistics_are_mean_max_and_sum() -> None:
    assert StatisticalAggregationConfig().statistics == ("mean", "max", "sum")
    assert StatisticalAggregation(5).d_out == 15


def test_there_is_nothing_to_learn() -> None:
    assert not list(StatisticalAggregation(2).parameters())


def test_a_constant_channel_has_a_finite_gradient_of_its_spread() -> None:
    x = torch.ones(1, 3, 2, requires_grad=True)
    StatisticalAggregation(2, StatisticalAggregationConfig(statistics=("std",)))(x, torch.tensor([3])).sum().backward()
    assert x.grad is not None
    assert torch.isfinite(x.grad).all()


def test_quantiles_may_stand_alone_but_something_must_be_taken() -> None:
    config = StatisticalAggregationConfig(statistics=(), quantiles=(0.5,))
    x = torch.tensor([[[1.0], [7.0], [3.0]]])
    assert StatisticalAggregation(1, config)(x, torch.tensor([3])).tolist() == [[3.0]]
    with pytest.raises(ValueError, match="at least one statistic or quantile must be taken, got neither; name some"):
        StatisticalAggregationConfig(statistics=())
