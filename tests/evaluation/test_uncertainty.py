from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from sequence_learning.evaluation.influence import score_and_influence
from sequence_learning.evaluation.uncertainty import Scored, difference, estimate, holm, scored
from sequence_learning.parameters import Task
from tests.builders import TASKS


def predictions(task: Task, n: int = 30, seeds: tuple[int, ...] = (0, 1, 2), draw: int = 0) -> pd.DataFrame:
    """Of one model; the target of a row is the same for all seeds and draws."""
    target = np.random.default_rng(99).normal(size=n)
    if task != "regression":
        target = (target > 0).astype(int) + (target > 1) * (task == "multiclass")
    rng = np.random.default_rng(draw)
    tables = []
    for seed in seeds:
        table = pd.DataFrame({"id": np.arange(n), "seed": seed, "target": target})
        if task == "regression":
            table["prediction"] = target + rng.normal(size=n)
        else:
            p = rng.dirichlet(np.ones(2 if task == "binary" else 3), n)
            table = table.join(pd.DataFrame(p).add_prefix("p_"))
        tables.append(table)
    return pd.concat(tables, ignore_index=True)


def rows_as_units(table: pd.DataFrame) -> "pd.Series[int]":
    ids = table["id"].unique()
    return pd.Series(ids, ids)


def plain(table: pd.DataFrame, task: Task = "regression") -> Scored:
    return scored(task, table, rows_as_units(table))


@pytest.mark.parametrize("task", TASKS)
def test_every_seed_has_its_score_and_the_influence_of_every_row(task: Task) -> None:
    table = predictions(task, seeds=(4, 2))
    found = plain(table, task)
    assert found.seeds == (2, 4)
    assert found.units.tolist() == list(range(30))
    for i, seed in enumerate(found.seeds):
        rows = table[table["seed"] == seed]
        predicted = rows.filter(regex="^p").to_numpy()
        score, influence = score_and_influence(
            task, rows["target"].to_numpy(), predicted[:, 0] if task == "regression" else predicted
        )
        assert found.scores[i] == pytest.approx(score)
        assert found.influence[i] == pytest.approx(influence)
    assert found.mean == pytest.approx(found.scores.mean())


@pytest.mark.parametrize("task", TASKS)
def test_the_order_of_rows_does_not_matter(task: Task) -> None:
    table = predictions(task)
    units = rows_as_units(table) // 3
    one, other = (
        scored(task, some, u) for some, u in ((table, units), (table.sample(frac=1, random_state=1), units[::-1]))
    )
    assert estimate(one) == estimate(other)
    assert np.array_equal(one.influence, other.influence)


def test_a_unit_has_the_sum_of_the_influences_of_its_rows() -> None:
    table = predictions("regression", n=6, seeds=(0,))
    rows, units = plain(table), scored("regression", table, pd.Series(["b", "a", "b", "c", "c", "c"]))
    assert units.units.tolist() == ["a", "b", "c"]
    own = rows.influence[0]
    assert units.influence[0] == pytest.approx(np.array([own[1], own[0] + own[2], own[3:].sum()]) * 3 / 6)
    assert units.scores == pytest.approx(rows.scores)


@pytest.mark.parametrize("task", TASKS)
def test_rows_repeated_within_their_group_tell_nothing_new(task: Task) -> None:
    table = predictions(task, n=20)
    times = 4
    repeated = pd.concat([table.assign(id=table["id"] + 100 * i) for i in range(times)])
    once, as_groups, as_rows = (
        estimate(some)
        for some in (
            plain(table, task),
            scored(task, repeated, rows_as_units(repeated) % 100),
            plain(repeated, task),
        )
    )
    assert as_groups.value == pytest.approx(once.value)
    assert (as_groups.low, as_groups.high) == pytest.approx((once.low, once.high))
    assert as_groups.standard_error > as_rows.standard_error


def test_rows_taken_for_independent_though_repeated_make_the_error_smaller_by_the_root() -> None:
    table = predictions("regression", n=200, seeds=(0,))
    repeated = pd.concat([table.assign(id=table["id"] + 1000 * i) for i in range(4)])
    groups = estimate(scored("regression", repeated, rows_as_units(repeated) % 1000))
    assert groups.standard_error / estimate(plain(repeated)).standard_error == pytest.approx(2, rel=0.01)


def test_with_one_seed_the_interval_is_students_over_units() -> None:
    found = plain(predictions("regression", seeds=(0,)))
    own = estimate(found, confidence=0.9)
    assert own.df == 29
    assert own.standard_error == pytest.approx(stats.sem(found.influence[0]))
    reach = stats.t.ppf(0.95, 29) * own.standard_error
    assert (own.low, own.high) == pytest.approx((own.value - reach, own.value + reach))
    assert own.p == pytest.approx(2 * stats.t.sf(abs(own.value) / own.standard_error, 29))


def crossed(seeds: list[float], influence: list[list[float]]) -> Scored:
    return Scored(
        tuple(range(len(seeds))), np.array(seeds), np.arange(len(influence[0])), np.array(influence, dtype=float)
    )


def test_what_seeds_add_is_their_spread_less_that_of_the_interaction() -> None:
    """Mean over seeds [1, -1, 0] of units, variance 1; residuals ±1, ∓1: sum of squares 4 over 2 degrees of freedom."""
    influence = [[2.0, -2, 0], [0.0, 0, 0]]
    units, seeds, interaction = 1 / 3, 8 / 2, (4 / 2) / 6
    found = estimate(crossed([1.0, 5.0], influence))
    assert found.value == 3
    assert found.standard_error**2 == pytest.approx(units + seeds - interaction)
    satterthwaite = 4**2 / (units**2 / 2 + seeds**2 / 1 + interaction**2 / 2)
    assert satterthwaite < 1
    assert found.df == 1  # no fewer than seeds have


def test_seeds_that_differ_by_less_than_their_interaction_add_nothing() -> None:
    found = estimate(crossed([1.0, 1.01], [[2.0, -2, 0], [0.0, 0, 0]]))
    assert found.standard_error**2 == pytest.approx(1 / 3)
    assert found.df == 2


def test_seeds_that_differ_much_have_the_interval_of_a_mean_over_seeds() -> None:
    influence = np.random.default_rng(0).normal(size=(3, 1000)) * 1e-3
    found = estimate(crossed([0.2, 0.5, 0.9], (influence - influence.mean(axis=1, keepdims=True)).tolist()))
    reach = stats.t.ppf(0.975, 2) * stats.sem([0.2, 0.5, 0.9])
    assert found.value - found.low == pytest.approx(reach, rel=1e-3)
    assert found.high == 1  # no score is above it


@pytest.mark.parametrize("task", TASKS)
def test_a_model_differs_from_itself_by_nothing_for_certain(task: Task) -> None:
    own = plain(predictions(task), task)
    found = difference(own, own)
    assert (found.value, found.standard_error, found.low, found.high, found.p) == (0, 0, 0, 0, 1)


def test_a_difference_is_paired_over_rows_and_seeds() -> None:
    """What a row and a seed do to both models alike cancels."""
    table = predictions("regression")
    slightly_off = table.assign(prediction=table["prediction"] + np.tile([0.01, -0.01], len(table) // 2))
    one, other = plain(table), plain(slightly_off)
    found = difference(one, other)
    assert found.value == pytest.approx(one.mean - other.mean)
    assert found.standard_error < 0.1 * estimate(one).standard_error


@given(st.integers(0, 1000), st.floats(0.6, 0.99))
def test_a_difference_the_other_way_round_has_the_other_sign(draw: int, confidence: float) -> None:
    one, other = (plain(predictions("regression", draw=d)) for d in (draw, draw + 1))
    there, back = difference(one, other, confidence), difference(other, one, confidence)
    assert (there.value, there.low, there.high) == pytest.approx((-back.value, -back.high, -back.low))
    assert (there.standard_error, there.df, there.p) == pytest.approx((back.standard_error, back.df, back.p))


@given(st.integers(0, 1000))
def test_zero_is_outside_the_interval_where_p_is_below_the_level(draw: int) -> None:
    found = difference(*(plain(predictions("regression", draw=d)) for d in (draw, draw + 1)), confidence=0.9)
    assert (found.low > 0 or found.high < 0) == (found.p < 0.1)
    assert found.low <= found.value <= found.high


def test_a_score_that_is_not_defined_has_no_interval() -> None:
    table = predictions("binary").assign(target=1)
    found = estimate(plain(table, "binary"))
    assert np.isnan([found.value, found.standard_error, found.low, found.high, found.p]).all()


def test_a_row_without_a_unit_is_refused() -> None:
    table = predictions("regression")
    with pytest.raises(ValueError, match=r"every predicted row needs a unit, but 2 of 30 have none; run the split"):
        scored("regression", table, rows_as_units(table)[2:])


def test_a_single_unit_is_refused() -> None:
    table = predictions("regression")
    with pytest.raises(ValueError, match=r"at least 2 independent units, got 1; test more rows, or groups"):
        scored("regression", table, 0 * rows_as_units(table))


@pytest.mark.parametrize("wrong", [slice(None, -1), slice(1, None), slice(2, 62)])
def test_seeds_that_were_tested_on_different_rows_are_refused(wrong: slice) -> None:
    table = predictions("regression")
    with pytest.raises(ValueError, match=r"all seeds must be tested on the same rows, but those of 0, 1, 2 differ"):
        scored("regression", table[wrong], rows_as_units(table))


def test_models_with_different_seeds_are_not_compared() -> None:
    one, other = (plain(predictions("regression", seeds=seeds)) for seeds in ((0, 1), (0, 2)))
    with pytest.raises(ValueError, match=r"need the same seeds, got \(0, 1\) and \(0, 2\); train both with the same"):
        difference(one, other)


def test_models_with_different_test_rows_are_not_compared() -> None:
    one, other = (plain(predictions("regression", n=n)) for n in (30, 29))
    with pytest.raises(ValueError, match=r"need the same test rows, but their units differ; predict both"):
        difference(one, other)


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0.01, 1)), min_size=1, max_size=5))
def test_weighted_holm_is_the_closed_test_of_weighted_bonferroni(drawn: list[tuple[float, float]]) -> None:
    """Whoever rejects one question must reject every set of questions that it is part of."""
    p, weights = np.array(drawn).T
    everyone = range(len(p))
    sets = [list(chosen) for size in range(1, len(p) + 1) for chosen in combinations(everyone, size)]
    of_sets = [min(1.0, (p[chosen] * weights[chosen].sum() / weights[chosen]).min()) for chosen in sets]
    closed = [max(found for chosen, found in zip(sets, of_sets, strict=True) if k in chosen) for k in everyone]
    assert holm(p, weights) == pytest.approx(closed)


def test_holms_correction_is_that_of_the_textbook() -> None:
    assert holm(np.array([0.01, 0.04, 0.03, 0.005])) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm(np.array([0.5, 0.9])).tolist() == [1, 1]
    assert holm(np.array([0.2])).tolist() == [0.2]
    assert holm(np.array([])).tolist() == []


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_corrected_p_values_keep_their_order_and_lie_between_the_plain_ones_and_bonferronis(drawn: list[float]) -> None:
    p = np.array(drawn)
    corrected = holm(p)
    assert (corrected >= p).all()
    assert (corrected <= np.minimum(1, len(p) * p)).all()
    assert (np.diff(corrected[np.argsort(p, kind="stable")]) >= 0).all()


def test_a_p_value_that_is_not_defined_stays_so_and_leaves_the_rest() -> None:
    assert holm(np.array([np.nan, 0.01])) == pytest.approx([np.nan, 0.02], nan_ok=True)
