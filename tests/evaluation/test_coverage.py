"""Whether 95% intervals hold the truth 95% of the time, and how often a difference is seen where there is none.

Everything goes the way of real predictions: tables of predictions, influences, intervals, Holm's correction.
"""

from dataclasses import dataclass
from functools import cache
from itertools import combinations

import numpy as np
import pytest
from scipy import stats

from sequence_learning.evaluation.uncertainty import difference, estimate, holm, scored
from tests.evaluation.simulated import World

N_DRAWS = 600

#: One model is better; the others are equally good, and err in different rows.
OWN_ERRORS = {"better": 0.3, "one": 0.8, "two": 0.8, "three": 0.8}
EQUALS = ("one", "two", "three")

WORLDS = {
    "r2, 3 seeds": World("regression", n_seeds=3, n_groups=200),
    "auc, 4 seeds": World("binary", n_seeds=4, n_groups=500),
    "r2, 3 seeds, groups": World("regression", n_seeds=3, n_groups=80, group_size=4),
}


@dataclass
class Found:
    """Shares of draws.

    Attributes:
        score: in which the interval of the better model's score held the truth.
        difference: likewise of its distance to another.
        different: in which two equals were declared different, mean over their three pairs.
        any_different: in which any two of them were, after Holm's correction.
        score_by_rows: as ``score``, with every row for itself.
    """

    score: float
    difference: float
    different: float
    any_different: float
    score_by_rows: float


@cache
def simulate(name: str) -> Found:
    world, rng = WORLDS[name], np.random.default_rng(1)
    units, rows = world.groups(), world.groups().index.to_series()
    score, distance = world.truth(OWN_ERRORS["better"]), world.truth(OWN_ERRORS["better"]) - world.truth(0.8)
    held = np.zeros((N_DRAWS, 5))
    for i in range(N_DRAWS):
        drawn = world.draw(rng, OWN_ERRORS)
        models = {name: scored(world.task, table, units) for name, table in drawn.items()}
        own, apart = estimate(models["better"]), difference(models["better"], models["one"])
        p = np.array([difference(models[a], models[b]).p for a, b in combinations(EQUALS, 2)])
        by_rows = estimate(scored(world.task, drawn["better"], rows)) if world.group_size > 1 else own
        held[i] = (
            own.low <= score <= own.high,
            apart.low <= distance <= apart.high,
            (p <= 0.05).mean(),
            holm(p).min() <= 0.05,
            by_rows.low <= score <= by_rows.high,
        )
    return Found(*held.mean(axis=0))


@pytest.mark.parametrize("name", WORLDS)
def test_95_percent_intervals_hold_the_truth_between_92_and_98_percent_of_the_time(name: str) -> None:
    found = simulate(name)
    assert 0.92 <= found.score <= 0.98, found
    assert 0.92 <= found.difference <= 0.98, found


@pytest.mark.parametrize("name", WORLDS)
def test_equally_good_models_are_declared_different_at_most_5_percent_of_the_time(name: str) -> None:
    found = simulate(name)
    assert found.different <= 0.05, found
    assert found.any_different <= 0.05, found


def test_that_holds_beyond_the_luck_of_these_draws() -> None:
    """The share over all worlds, with the upper end of its one-sided 95% interval (Clopper & Pearson, 1934)."""
    n = N_DRAWS * len(WORLDS)
    for share in ("different", "any_different"):
        count = sum(round(N_DRAWS * getattr(simulate(name), share)) for name in WORLDS)
        assert stats.beta.ppf(0.95, count + 1, n - count) <= 0.055, (share, count / n)


def test_rows_of_groups_that_are_taken_for_independent_make_intervals_too_narrow() -> None:
    assert simulate("r2, 3 seeds, groups").score_by_rows < 0.9
