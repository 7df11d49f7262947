import numpy as np

from sequence_learning.benchmark.features import draw_features
from sequence_learning.benchmark.parameters import BenchmarkParameters


def test_sizes_are_those_of_the_parameters_and_a_second_draw_is_the_same() -> None:
    parameters = BenchmarkParameters(train_rows=300, validation_rows=20, length=7, channels=3, numeric=2)
    drawn = draw_features(parameters, "fixed")
    assert (len(drawn.rows("train")), len(drawn.rows("validation")), len(drawn.rows("test"))) == (300, 20, 0)
    assert set(np.diff(drawn.offsets)) == {7}
    assert drawn.values.shape == (320 * 7, 3)
    assert drawn.numeric.shape == (320, 2)
    assert drawn.fingerprint == draw_features(parameters, "fixed").fingerprint


def test_sequences_may_have_no_steps() -> None:
    drawn = draw_features(BenchmarkParameters(train_rows=300, validation_rows=20), "none")
    assert set(np.diff(drawn.offsets)) == {0}
    assert (len(drawn), len(drawn.values)) == (320, 0)


def test_variable_lengths_have_the_median_and_the_longest_that_are_asked_for() -> None:
    parameters = BenchmarkParameters(train_rows=4000, validation_rows=20)
    lengths = np.diff(draw_features(parameters, "variable").offsets)
    assert (lengths.min(), lengths.max()) == (1, 245)
    assert 9 <= np.median(lengths) <= 11
