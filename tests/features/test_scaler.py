"""Scaling of one numeric column."""

from typing import Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from sequence_learning.features.scaler import Scaler

Method = Literal["robust", "quantile"]
METHODS: tuple[Method, ...] = ("robust", "quantile")
FEW = settings(max_examples=50, deadline=None)
NAN = float("nan")

hundredths = st.integers(-(10**8), 10**8).map(lambda i: i / 100)
columns = st.lists(hundredths, min_size=1, max_size=60).map(np.array)
columns_with_gaps = st.lists(hundredths | st.just(NAN), min_size=1, max_size=60).map(np.array)
anything = st.lists(st.floats(allow_nan=True, allow_infinity=False), min_size=1, max_size=30).map(np.array)


def scaled(fitted_on: np.ndarray, method: Method, values: np.ndarray | None = None) -> np.ndarray:
    """The scaled values, without the indicator."""
    return Scaler.fit(fitted_on, method).transform(fitted_on if values is None else values)[:, 0].astype(float)


@given(columns)
@FEW
def test_robust_scaling_moves_the_median_to_zero_and_the_quartiles_to_those_of_a_normal(values: np.ndarray) -> None:
    result = scaled(values, "robust")

    assert np.median(result) == pytest.approx(0, abs=1e-5)
    low, high = np.quantile(values, [0.25, 0.75])
    if high > low:
        assert np.subtract(*np.quantile(result, [0.75, 0.25])) == pytest.approx(1.349, rel=1e-4)


@given(columns_with_gaps)
@FEW
def test_missing_values_count_for_nothing_but_the_indicator(values: np.ndarray) -> None:
    missing = np.isnan(values)
    for method in METHODS:
        whole = Scaler.fit(values, method)
        known = Scaler.fit(values[~missing], method)

        assert whole.model_copy(update={"indicator": False}) == known
        assert whole.indicator == missing.any()


@given(columns_with_gaps)
@FEW
def test_missing_values_become_zero_and_the_indicator_says_where(values: np.ndarray) -> None:
    missing = np.isnan(values)
    for method in METHODS:
        result = Scaler.fit(values, method).transform(values)

        assert result.dtype == np.float32
        assert result.shape == (len(values), 1 + missing.any())
        assert (result[missing, 0] == 0).all()
        if missing.any():
            assert (result[:, 1] == missing).all()


def test_without_missing_training_values_later_ones_get_zero_and_no_column() -> None:
    result = Scaler.fit(np.array([1.0, 2.0, 3.0]), "robust").transform(np.array([NAN, 2.0]))

    assert result.tolist() == [[0.0], [0.0]]


@pytest.mark.parametrize("method", METHODS)
def test_normal_values_get_zero_mean_and_unit_spread(method: Method) -> None:
    values = np.random.default_rng(0).normal(5, 2, 20_000)
    result = scaled(values, method)

    assert result.mean() == pytest.approx(0, abs=0.03)
    assert result.std() == pytest.approx(1, abs=0.03)


def test_robust_scaling_shrugs_off_a_broken_reading() -> None:
    values = np.random.default_rng(0).normal(size=1001)
    broken = np.append(values, 1e9)

    assert scaled(broken, "robust", values) == pytest.approx(scaled(values, "robust"), abs=0.02)
    assert scaled(broken, "robust")[-1] == 10.0


def test_where_most_values_are_equal_the_deviation_is_the_scale() -> None:
    values = np.array([0.0] * 9 + [10.0])

    assert scaled(values, "robust")[-1] == pytest.approx(10 / values.std())


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("constant", [0.0, -3.5, 0.1, 1e12])
def test_a_constant_column_becomes_zero(method: Method, constant: float) -> None:
    assert scaled(np.full(7, constant), method).tolist() == [0.0] * 7


@pytest.mark.parametrize(
    "constant",
    [
        2.0,
        0.1,
    ],
)
def test_values_unseen_in_a_constant_column_keep_their_distance(constant: float) -> None:
    result = scaled(np.full(3, constant), "robust", np.array([constant + 0.5, constant - 0.25]))

    assert result == pytest.approx([0.5, -0.25])


@pytest.mark.parametrize("method", METHODS)
def test_an_all_missing_column_becomes_zeros_beside_ones(method: Method) -> None:
    scaler = Scaler.fit(np.full(3, NAN), method)

    assert scaler.transform(np.full(3, NAN)).tolist() == [[0.0, 1.0]] * 3
    assert np.abs(scaler.transform(np.array([1e30, -1e30]))).max() <= 10


@given(columns_with_gaps, anything)
@FEW
def test_whatever_comes_later_stays_bounded(fitted_on: np.ndarray, later: np.ndarray) -> None:
    for method, bound in (("robust", 10.0), ("quantile", 3.1)):
        with np.errstate(over="ignore"):
            result = Scaler.fit(fitted_on, method).transform(later)[:, 0]
        # An all-missing column leaves nothing to take quantiles of, so its values are only bounded by 10.
        assert np.abs(result).max() <= (bound if not np.isnan(fitted_on).all() else 10.0)


@pytest.mark.parametrize(("method", "bound"), [("robust", 10.0), ("quantile", stats.norm.ppf(0.999))])
def test_extreme_values_reach_the_bound_on_either_side(method: Method, bound: float) -> None:
    values = np.random.default_rng(0).normal(size=500)

    assert scaled(values, method, np.array([-1e300, 1e300])) == pytest.approx([-bound, bound], rel=1e-6)


@pytest.mark.parametrize("draw", ["lognormal", "uniform", "exponential"])
def test_quantile_scaling_gives_normal_scores(draw: str) -> None:
    values = getattr(np.random.default_rng(0), draw)(size=5000)
    result = scaled(values, "quantile")

    levels = [0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99]
    assert np.quantile(result, levels) == pytest.approx(stats.norm.ppf(levels), abs=0.02)


@given(columns, columns)
@FEW
def test_scaling_never_turns_the_order_round(fitted_on: np.ndarray, values: np.ndarray) -> None:
    for method in METHODS:
        result = scaled(fitted_on, method, np.sort(values))
        assert (np.diff(result) >= -1e-6).all()


@given(st.integers(50, 450), st.integers(0, 400))
@FEW
def test_quantile_scaling_puts_a_repeated_value_at_the_middle_of_its_quantiles(n_equal: int, n_below: int) -> None:
    n_above = 900 - n_equal - n_below
    values = np.concatenate([-np.arange(1.0, n_below + 1), np.zeros(n_equal), np.arange(1.0, n_above + 1)])

    result = scaled(values, "quantile", np.zeros(1))

    assert stats.norm.cdf(result)[0] == pytest.approx((n_below + n_equal / 2) / 900, abs=0.005)


def test_two_values_are_told_apart_symmetrically() -> None:
    low, high = scaled(np.array([0.0, 1.0] * 50), "quantile", np.array([0.0, 1.0]))

    assert low == pytest.approx(-high, abs=1e-2)
    assert high > 0.5


@given(columns_with_gaps, anything)
@FEW
def test_json_keeps_every_transform(fitted_on: np.ndarray, values: np.ndarray) -> None:
    for method in METHODS:
        scaler = Scaler.fit(fitted_on, method)
        again = Scaler.model_validate_json(scaler.model_dump_json())

        assert again == scaler
        with np.errstate(over="ignore"):
            np.testing.assert_array_equal(again.transform(values), scaler.transform(values))
