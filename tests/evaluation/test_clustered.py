import numpy as np
import pytest

from sequence_learning.evaluation.clustered import standard_error


def test_rows_of_their_own_have_the_usual_error() -> None:
    values = np.random.default_rng(0).normal(size=50)
    assert standard_error(values, np.arange(50)[::-1]) == (pytest.approx(values.std(ddof=1) / np.sqrt(50)), 50)


def test_the_error_by_hand() -> None:
    # The mean is 3; the units' deviations sum to -4, 1 and 3.
    error, n_units = standard_error(np.array([1.0, 1.0, 4.0, 6.0]), np.array(["a", "a", "b", "c"]))
    assert n_units == 3
    assert error == pytest.approx(np.sqrt(3 / 2 * (16 + 1 + 9)) / 4)


def test_one_unit_has_no_error() -> None:
    error, n_units = standard_error(np.arange(3.0), np.zeros(3))
    assert np.isnan(error)
    assert n_units == 1
