import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sequence_learning.evaluation.critical_difference import critical_differences
from sequence_learning.evaluation.critical_difference_plot import plot_critical_differences

#: AUC of C4.5 with and without two of its parameters on 14 data sets: table 6 of Demšar, 2006.
DEMSAR = pd.DataFrame(
    [
        (0.763, 0.768, 0.771, 0.798),
        (0.599, 0.591, 0.590, 0.569),
        (0.954, 0.971, 0.968, 0.967),
        (0.628, 0.661, 0.654, 0.657),
        (0.882, 0.888, 0.886, 0.898),
        (0.936, 0.931, 0.916, 0.931),
        (0.661, 0.668, 0.609, 0.685),
        (0.583, 0.583, 0.563, 0.625),
        (0.775, 0.838, 0.866, 0.875),
        (1.000, 1.000, 1.000, 1.000),
        (0.940, 0.962, 0.965, 0.962),
        (0.619, 0.666, 0.614, 0.669),
        (0.972, 0.981, 0.9751, 0.975),  # printed with three digits, but ranked 2 and 3
        (0.957, 0.978, 0.946, 0.970),
    ],
    columns=["C45", "C45_m", "C45_cf", "C45_m_cf"],
)


def test_the_published_example_is_reproduced() -> None:
    found = critical_differences(DEMSAR, confidence=0.95)
    assert found.n_sets == 14
    assert found.ranks.round(3).to_dict() == {"C45_m_cf": 1.964, "C45_m": 2.0, "C45_cf": 2.893, "C45": 3.143}
    assert found.critical == pytest.approx(1.25, abs=0.005)  # of four models: 2.569 · √(4 · 5 / (6 · 14))
    assert found.p < 0.05
    assert found.groups == [
        ("C45_m_cf", "C45_m", "C45_cf", "C45")
    ]  # "the power of the post-hoc test is not sufficient"


def test_with_less_confidence_the_published_example_has_two_groups() -> None:
    found = critical_differences(DEMSAR, confidence=0.9)
    assert found.critical == pytest.approx(1.12, abs=0.005)
    assert found.groups == [("C45_m_cf", "C45_m", "C45_cf"), ("C45_cf", "C45")]


def test_equal_scores_share_the_mean_of_their_ranks() -> None:
    scores = pd.DataFrame({"a": [1.0, 1, 1], "b": [1.0, 1, 1], "c": [0.0, 0, 0]})
    assert critical_differences(scores).ranks.to_dict() == {"a": 1.5, "b": 1.5, "c": 3.0}


def test_models_that_always_score_the_same_are_one_group() -> None:
    found = critical_differences(pd.DataFrame(np.ones((3, 3)), columns=list("abc")))
    assert found.p == 1
    assert found.groups == [("a", "b", "c")]


def test_pairs_are_told_apart_only_where_friedmans_test_finds_any_difference() -> None:
    scores = [[5, 4, 3, 1, 2], [3, 1.5, 5, 4, 1.5], [5, 2, 4, 3, 1], [4.5, 2, 3, 4.5, 1], [3, 4.5, 2, 4.5, 1]]
    found = critical_differences(pd.DataFrame(scores, columns=list("abcde")))
    assert found.p == pytest.approx(0.056, abs=1e-3)
    assert found.ranks["e"] - found.ranks["a"] > found.critical
    assert found.groups == [("a", "c", "d", "b", "e")]


def test_models_far_apart_are_in_no_group() -> None:
    found = critical_differences(pd.DataFrame([[3.0, 2, 1]] * 30, columns=["a", "b", "c"]))
    assert found.p < 1e-6
    assert found.groups == []


@given(st.integers(3, 6), st.integers(3, 30), st.integers(0, 10**6))
def test_groups_hold_exactly_the_pairs_that_are_closer_than_the_critical_difference(
    n_models: int, n_sets: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    scores = pd.DataFrame(rng.normal(size=(n_sets, n_models)) + 2 * np.arange(n_models)).add_prefix("model_")
    found = critical_differences(scores)
    ranks = found.ranks.to_dict()
    assert list(ranks.values()) == sorted(ranks.values())
    assert sum(ranks.values()) == pytest.approx(n_models * (n_models + 1) / 2)
    together = {frozenset((a, b)) for group in found.groups for a in group for b in group if a != b}
    close = {
        frozenset((a, b))
        for a in ranks
        for b in ranks
        if a != b and (found.p > 0.05 or abs(ranks[a] - ranks[b]) < found.critical)
    }
    assert together == close
    assert not any(set(a) < set(b) for a in found.groups for b in found.groups)


@pytest.mark.parametrize("shape", [(2, 5), (5, 2)])
def test_too_few_data_sets_or_models_are_refused(shape: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match=rf"at least 3 data sets and models, got {shape[0]} and {shape[1]}; measure"):
        critical_differences(pd.DataFrame(np.ones(shape)))


def test_a_missing_score_is_refused() -> None:
    scores = pd.DataFrame({"a": [1.0, 1, 1], "gru": [1.0, None, 1], "c": [0.0, 0, 0]})
    with pytest.raises(ValueError, match="every data set, but gru lack some; measure these or leave out the models"):
        critical_differences(scores)


def test_the_figure_has_a_dot_per_model_and_a_bar_per_group() -> None:
    found = critical_differences(DEMSAR, confidence=0.9)
    dots, *bars = plot_critical_differences(found).data
    assert list(dots.y) == ["C45 m cf", "C45 m", "C45 cf", "C45"]
    assert list(dots.x) == pytest.approx([1.964, 2.0, 2.893, 3.143], abs=0.001)
    assert [list(bar.y) for bar in bars] == [["C45 m cf", "C45 m", "C45 cf"], ["C45 cf", "C45"]]
    assert len({bar.x[0] for bar in bars}) == 2


def test_the_figure_says_what_the_bars_mean_and_how_far_apart_is_far() -> None:
    layout = plot_critical_differences(critical_differences(DEMSAR)).layout
    assert "critical difference 1.25" in layout.title.text
    assert "not shown to differ" in layout.title.text
    assert "14 data sets" in layout.title.text
    assert layout.width is None


def test_without_ranks_the_figure_says_why() -> None:
    figure = plot_critical_differences(None)
    assert "at least 3 data sets" in figure.layout.annotations[0].text
    assert not figure.data
