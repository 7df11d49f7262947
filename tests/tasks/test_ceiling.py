"""The best possible scores, and what is blind to order can reach of them."""

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest

from sequence_learning.tasks import TASKS, task_class
from sequence_learning.tasks.base import KnownTruth, KnownTruthTask
from sequence_learning.tasks.ceiling import attainable, order_free_attainable
from sequence_learning.tasks.sequences import Sequences
from tests.tasks.known_truth import draw, make_task

ORDERED = [name for name in TASKS if task_class(name).order_matters]


def with_best(*probabilities: float) -> KnownTruth:
    return replace(draw("pure_noise", target="binary"), best=np.array(probabilities))


# Of everything


@pytest.mark.parametrize("noise", [0.0, 0.3])
def test_a_number_can_be_explained_up_to_its_noise(noise: float) -> None:
    assert attainable(draw("order_free", noise=noise), "regression") == {"r2": pytest.approx(1 - noise)}
    assert attainable(draw("pure_noise", noise=noise), "regression") == {"r2": 0}


@pytest.mark.parametrize(
    ("probabilities", "auc", "average_precision", "accuracy"),
    [
        ((0.5, 0.5, 0.5), 0.5, 0.5, 0.5),
        ((0.0, 1.0, 1.0), 1.0, 1.0, 1.0),
        # Right order with .8 * .8, equal probabilities with 2 * .8 * .2; .8 of the positives with precision .8, the
        # rest with .5.
        ((0.2, 0.8), 0.64 + 0.32 / 2, 0.64 + 0.1, 0.8),
        ((0.2, 0.8, 0.8, 0.2), 0.64 + 0.32 / 2, 0.64 + 0.1, 0.8),
    ],
)
def test_a_class_is_as_certain_as_its_probabilities(
    probabilities: tuple[float, ...], auc: float, average_precision: float, accuracy: float
) -> None:
    expected = {"auc": auc, "average_precision": average_precision, "accuracy": accuracy}

    assert attainable(with_best(*probabilities), "binary") == pytest.approx(expected)


@pytest.mark.parametrize("target", ["regression", "binary"])
def test_drawn_targets_play_no_part(target: str) -> None:
    truth = draw("order_free", target=target)
    other = replace(truth, entities=truth.entities.assign(target=0))

    assert attainable(other, target) == attainable(truth, target)  # type: ignore[arg-type]


# Of what is blind to order


@pytest.mark.parametrize("name", TASKS)
def test_blindness_to_order_costs_something_just_where_order_matters(name: str) -> None:
    cls = task_class(name)
    task = cls(cls.config_class(num_samples=2000, noise=0.2))
    reached = order_free_attainable(task)

    if name in ORDERED:
        assert -0.03 < reached < 0.8 - 0.1
    else:
        assert reached == pytest.approx(0 if name == "pure_noise" else 0.8)


@pytest.mark.parametrize("n", [2, 5, 16])
def test_the_plain_mean_reaches_about_three_quarters_of_a_mean_with_weights_along_a_line(n: int) -> None:
    task = make_task("linear_recency", min_length=n, max_length=n, num_samples=10_000, noise=0.0)

    assert order_free_attainable(task) == pytest.approx(3 * (n + 1) / (2 * (2 * n + 1)), abs=0.01)


@pytest.mark.parametrize("n", [3, 8])
def test_of_many_times_only_the_mean_is_left(n: int) -> None:
    """Readings in any order at given times: their mean, whose variance is 1 / n."""
    task = make_task("irregular_time", min_length=n, max_length=n, num_samples=10_000, noise=0.0)
    signal = task.signal(task.draw(np.random.default_rng(1)))

    assert order_free_attainable(task) == pytest.approx(1 / n / signal.var(), abs=0.015)


def reordered(sequences: Sequences, order: tuple[int, ...]) -> Sequences:
    return sequences.replaced(sequences.readings[:, list(order)], sequences.kinds[:, list(order)])


def could_have_been_drawn(task: KnownTruthTask, sequences: Sequences) -> np.ndarray:
    """Every order of independent events; pairs only with one partner, in the older half."""
    if task.config_class is not task_class("long_range_pair").config_class:
        return np.ones(len(sequences.mask), dtype=bool)
    alike = sequences.kinds[:, :-1] == sequences.kinds[:, -1:]
    older = sequences.mask.shape[1] // 2
    return np.asarray((alike.sum(axis=1) == 1) & (alike[:, :older].sum(axis=1) == 1))


def share_by_all_orders(task: KnownTruthTask) -> float:
    """Variance of the mean signal over all orders that could have been drawn, as a share of the signal's."""
    sequences = task.draw(np.random.default_rng(1))
    total, count = np.zeros((2, len(sequences.mask)))
    for order in permutations(range(sequences.mask.shape[1])):
        other = reordered(sequences, order)
        possible = could_have_been_drawn(task, other)
        total += np.where(possible, task.signal(other), 0.0)
        count += possible
    assert (count > 0).all()
    return float((total / count).var() / task.signal(sequences).var())


@pytest.mark.parametrize("name", TASKS)
def test_it_is_what_a_mean_over_all_orders_reaches(name: str) -> None:
    # Few kinds, so that more than one occurs twice.
    kinds = {"n_kinds": 3, "n_segments": 3} if name in {"long_range_pair", "tabular_selects"} else {}
    task = make_task(name, min_length=5, max_length=5, num_samples=6000, noise=0.0, **kinds)
    expected = 0.0 if name == "pure_noise" else share_by_all_orders(task)

    assert order_free_attainable(task) == pytest.approx(expected, abs=0.025)


def test_more_draws_make_the_error_smaller() -> None:
    def spread(n_draws: int) -> float:
        tasks = [make_task("running_state", num_samples=100, seed=seed) for seed in range(30)]
        return float(np.std([order_free_attainable(task, n_draws) for task in tasks]))

    assert spread(20) < spread(2) / 2


def test_the_same_task_gives_the_same_number() -> None:
    one, same = (order_free_attainable(make_task("local_motif")) for _ in range(2))

    assert one == same != order_free_attainable(make_task("local_motif", seed=1))
