import math
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sequence_learning.evaluation.conformal import (
    conformal_quantile,
    coverage_interval,
    measure_conformal,
    plot_coverage,
)


def regression(rng: np.random.Generator, n: int, part: str, seed: int = 0) -> pd.DataFrame:
    prediction = rng.normal(size=n)
    target = prediction + rng.standard_t(3, size=n)
    return pd.DataFrame({"id": range(n), "part": part, "seed": seed, "target": target, "prediction": prediction})


def three_classes(rng: np.random.Generator, n: int, part: str, seed: int = 0) -> pd.DataFrame:
    probabilities = rng.dirichlet([1, 1, 0.5], n)
    target = (rng.random((n, 1)) > probabilities.cumsum(axis=1)[:, :-1]).sum(axis=1)
    columns = {f"p_{k}": column for k, column in enumerate(probabilities.T)}
    return pd.DataFrame({"id": range(n), "part": part, "seed": seed, "target": target} | columns)


def each_row_a_unit(n: int) -> pd.Series:
    return pd.Series(range(n), range(n))


@pytest.mark.parametrize(("draw", "coverage"), [(regression, 0.8), (three_classes, 0.9)])
def test_coverage_of_exchangeable_rows_is_as_asked_for(draw: object, coverage: float) -> None:
    rng = np.random.default_rng(0)
    covered = []
    for _ in range(200):
        rows = pd.concat([draw(rng, 49, "validation"), draw(rng, 100, "test")])  # type: ignore[operator]
        covered.append(measure_conformal({"gru": rows}, each_row_a_unit(100), coverage)["coverage"].item())
    assert np.mean(covered) == pytest.approx(coverage, abs=0.02)


@example(99, "0.55", 0)  # 100 times 0.55 is a little more than 55 in floating point
@given(st.integers(1, 60), st.sampled_from(["0.5", "0.55", "0.8", "0.9", "0.95", "0.99"]), st.integers(0, 1000))
def test_the_quantile_is_the_score_of_the_right_rank(n: int, coverage: str, seed: int) -> None:
    scores = np.random.default_rng(seed).permutation(n) + 1.0
    rank = math.ceil((n + 1) * Fraction(coverage))
    assert conformal_quantile(scores, float(coverage)) == (rank if rank <= n else math.inf)


def by_hand() -> pd.DataFrame:
    """Nine residuals of 1 to 9 in validation; 80% coverage takes the eighth of them."""
    validation = pd.DataFrame({"id": range(100, 109), "part": "validation", "target": 5.0})
    validation["prediction"] = 5.0 + np.arange(1, 10) * [1, -1, 1, -1, 1, -1, 1, -1, 1]
    test = pd.DataFrame({"id": [7, 8, 9, 10], "part": "test", "target": [0.0, 4.0, 0.0, 4.0]})
    test["prediction"] = test["target"] + [8.0, -8.1, 0.0, 3.0]
    return pd.concat([validation, test]).assign(seed=0)


UNITS = pd.Series([0, 0, 1, 1], [7, 8, 9, 10])


def test_an_interval_by_hand() -> None:
    (row,) = measure_conformal({"gru": by_hand()}, UNITS, 0.8).to_dict("records")
    assert list(row) == ["encoder", "nominal", "coverage", "coverage_low", "coverage_high", "width", "relative_width"]
    assert (row["encoder"], row["nominal"], row["coverage"]) == ("gru", 0.8, 0.75)
    assert (row["width"], row["relative_width"]) == (16.0, 8.0)


def test_values_are_means_over_seeds_which_have_quantiles_of_their_own() -> None:
    wider = by_hand().assign(seed=1)
    validation = wider["part"] == "validation"
    wider.loc[validation, "prediction"] = 5 + 2 * (wider.loc[validation, "prediction"] - 5)
    both = pd.concat([by_hand(), wider.iloc[::-1]])
    (row,) = measure_conformal({"gru": both}, UNITS, 0.8).to_dict("records")
    assert row["coverage"] == (0.75 + 1.0) / 2
    assert row["width"] == (16 + 32) / 2
    # The four rows are covered in 1, 1/2, 1 and 1 of the seeds.
    low, high = coverage_interval(np.array([1, 0.5, 1, 1]), np.array([0, 0, 1, 1]))
    assert (row["coverage_low"], row["coverage_high"]) == (low, high)


def test_a_set_of_classes_by_hand() -> None:
    validation = pd.DataFrame(
        {"id": range(4), "part": "validation", "target": [0, 0, 1, 1], "p_0": [0.9, 0.8, 0.3, 0.6]}
    )
    test = pd.DataFrame({"id": [4, 5, 6, 7], "part": "test", "target": [0, 1, 1, 0], "p_0": [0.5, 0.5, 0.9, 0.7]})
    rows = pd.concat([validation, test]).assign(seed=0, p_1=lambda t: 1 - t["p_0"])
    # Scores of the truth are 0.1, 0.2, 0.3 and 0.6: of five, 60% are at most the third.
    (row,) = measure_conformal({"gru": rows}, pd.Series(range(4), range(4, 8)), 0.6).to_dict("records")
    assert list(row) == ["encoder", "nominal", "coverage", "coverage_low", "coverage_high", "set_size"]
    assert row["coverage"] == 0.25
    assert row["set_size"] == pytest.approx(2 / 4)
    (row,) = measure_conformal({"gru": rows}, pd.Series(range(4), range(4, 8)), 0.8).to_dict("records")
    assert row["coverage"] == 0.75
    assert row["set_size"] == pytest.approx((2 + 2 + 1 + 1) / 4)


def test_too_few_validation_rows_cover_everything() -> None:
    rows = by_hand()
    few = rows[(rows["part"] == "test") | (rows["id"] < 108)]
    (row,) = measure_conformal({"gru": few}, UNITS, 0.9).to_dict("records")
    assert row["coverage"] == 1.0
    assert row["width"] == row["relative_width"] == math.inf
    assert measure_conformal({"gru": rows}, UNITS, 0.9)["width"].item() == 18.0
    classes = three_classes(np.random.default_rng(0), 8, "validation")
    classes = pd.concat([classes, three_classes(np.random.default_rng(1), 4, "test")])
    (row,) = measure_conformal({"gru": classes}, each_row_a_unit(4), 0.9).to_dict("records")
    assert (row["coverage"], row["set_size"]) == (1.0, 3.0)


def test_the_interval_of_independent_rows_is_that_of_their_mean() -> None:
    covered = np.array([1.0] * 80 + [0.0] * 20)
    low, high = coverage_interval(covered, np.arange(100))
    half = 1.9842 * covered.std(ddof=1) / 10
    assert (low, high) == pytest.approx((0.8 - half, 0.8 + half), abs=1e-4)


def test_rows_that_repeat_within_a_unit_say_nothing_new() -> None:
    covered = np.array([1.0] * 8 + [0.0] * 2)
    once = coverage_interval(covered, np.arange(10))
    assert coverage_interval(np.repeat(covered, 50), np.repeat(np.arange(10), 50)) == pytest.approx(once)


def test_the_interval_stays_between_nothing_and_all_and_needs_two_units() -> None:
    low, high = coverage_interval(np.array([1.0, 1.0, 0.0]), np.array([5, 6, 7]))
    assert (low, high) == (0.0, 1.0)
    assert np.isnan(coverage_interval(np.array([1.0, 0.0]), np.array([3, 3]))).all()
    assert coverage_interval(np.ones(9), np.arange(9)) == (1.0, 1.0)


def test_the_interval_holds_the_true_coverage_of_clustered_rows() -> None:
    rng = np.random.default_rng(0)
    unit = np.repeat(np.arange(40), 25)
    hits = 0
    for _ in range(300):
        share = rng.beta(8, 2, 40)[unit]  # 80% on average, another share in each unit
        low, high = coverage_interval((rng.random(1000) < share).astype(float), unit)
        hits += low <= 0.8 <= high
    assert hits / 300 == pytest.approx(0.95, abs=0.03)


def test_the_plot_shows_each_model_its_interval_and_the_coverage_asked_for() -> None:
    rng = np.random.default_rng(0)
    rows = pd.concat([regression(rng, 100, "validation"), regression(rng, 100, "test")])
    table = measure_conformal({"learned_decay": rows, "gru": rows}, each_row_a_unit(100), 0.9)
    figure = plot_coverage(table)
    (points,) = figure.data
    assert list(points.y) == ["gru", "learned decay"]
    assert points.x[0] + points.error_x.array[0] == pytest.approx(table["coverage_high"].iloc[0])
    assert points.x[0] - points.error_x.arrayminus[0] == pytest.approx(table["coverage_low"].iloc[0])
    assert all(text.endswith(" sd") for text in points.text)
    (line,) = figure.layout.shapes
    assert line.x0 == line.x1 == 0.9
    classes = pd.concat([three_classes(rng, 100, "validation"), three_classes(rng, 100, "test")])
    of_sets = plot_coverage(measure_conformal({"gru": classes}, each_row_a_unit(100), 0.9))
    assert of_sets.data[0].text[0].endswith(" classes")
    assert of_sets.to_json()
