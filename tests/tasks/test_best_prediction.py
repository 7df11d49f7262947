"""The best predictions against the targets that were drawn: nothing is promised that is not so, and nothing is better.

Tolerances are four standard errors, computed from the same rows.
"""

from functools import cache

import lightgbm
import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, average_precision_score, r2_score, roc_auc_score

from sequence_learning.tasks import TASKS
from sequence_learning.tasks.base import KnownTruth
from sequence_learning.tasks.ceiling import attainable
from tests.tasks.known_truth import draw

N = 4000
each_task = pytest.mark.parametrize("name", TASKS)
each_missing = pytest.mark.parametrize("missing", [0.0, 0.2])


@cache
def truth_of(name: str, target: str, missing: float, noise: float = 0.1, positives: float | None = None) -> KnownTruth:
    asked = {"target": target, "missing": missing, "noise": noise, "positives": positives}
    return draw(name, num_samples=N, num_channels=3, min_length=4, **asked)


def standard_error(values: np.ndarray) -> float:
    return float(values.std() / np.sqrt(len(values)))


# What is promised


@each_task
@each_missing
@pytest.mark.parametrize("noise", [0.1, 0.5])
def test_the_best_prediction_of_a_number_leaves_what_it_says(name: str, missing: float, noise: float) -> None:
    truth = truth_of(name, "regression", missing, noise)
    target = truth.entities["target"].to_numpy()
    squared = (target - truth.best) ** 2
    # How much each row moves R², which is 1 - mean(squared) / variance.
    moved = (squared - squared.mean() / target.var() * (target - target.mean()) ** 2) / target.var()

    assert abs((target - truth.best).mean()) < 4 * standard_error(target - truth.best)
    assert abs(squared.mean() - truth.unexplained) < 4 * standard_error(squared)
    promised = attainable(truth, "regression")["r2"]
    # Without a signal R² moves only with the square of the mean.
    assert abs(r2_score(target, truth.best) - promised) < 4 * standard_error(moved) + 16 / N


@each_task
@each_missing
@pytest.mark.parametrize(("noise", "positives"), [(0.1, None), (0.5, None), (0.1, 0.05)])
def test_the_best_prediction_of_a_class_ranks_and_names_as_well_as_it_says(
    name: str, missing: float, noise: float, positives: float | None
) -> None:
    truth = truth_of(name, "binary", missing, noise, positives)
    target, likelier = truth.entities["target"].to_numpy(), truth.best > 0.5
    promised = attainable(truth, "binary")
    rng = np.random.default_rng(0)
    drawn = [rng.random(N) < truth.best for _ in range(25)]

    # Probabilities that are means over 100 completions promise a little too much.
    slack = 0.0 if not missing else 0.005 if positives is None else 0.02
    for metric, scored in (("auc", roc_auc_score), ("average_precision", average_precision_score)):
        spread = np.std([scored(other, truth.best) for other in drawn])
        assert abs(scored(target, truth.best) - promised[metric]) <= 4 * spread + slack
    accuracy = accuracy_score(target, likelier)
    assert abs(accuracy - promised["accuracy"]) < 4 * standard_error(target == likelier) + slack


@each_task
@each_missing
@pytest.mark.parametrize("positives", [None, 0.05])
def test_probabilities_come_true(name: str, missing: float, positives: float | None) -> None:
    truth = truth_of(name, "binary", missing, positives=positives)
    rows = pd.DataFrame({"p": truth.best, "target": truth.entities["target"], "bin": (truth.best * 10).astype(int)})

    for _, group in rows.groupby("bin"):
        expected_error = np.sqrt((group["p"] * (1 - group["p"])).mean() / len(group))
        # Probabilities that are means over completions are off by a little more than chance, most in the outer bins.
        slack = 0.02 if missing else 1e-3
        assert abs(group["target"].mean() - group["p"].mean()) < 4 * expected_error + slack


# What nothing beats


def features_of(truth: KnownTruth) -> pd.DataFrame:
    """All that the tables say, by position back from the newest event, in aggregates, and by kind."""
    events = truth.events.copy()
    events["back"] = events.groupby("id").cumcount(ascending=False)
    events = events.join(pd.get_dummies(events["kind"], dtype=float)).drop(columns=["kind", "step"])
    wide = events.pivot_table(index="id", columns="back", aggfunc="first")
    wide.columns = [f"{column}@{back}" for column, back in wide.columns]
    aggregates = events.drop(columns="back").groupby("id").agg(["mean", "max", "sum", "std"])
    aggregates.columns = [f"{column}:{how}" for column, how in aggregates.columns]
    tabular = truth.entities.drop(columns="target").set_index("id")
    tabular = tabular.assign(segment=tabular["segment"].str[1:].astype(int))
    return tabular.join(wide).join(aggregates)


def boosted(features: np.ndarray, target: np.ndarray, objective: str) -> np.ndarray:
    """Fitted to the first half of the rows, predicted for the second."""
    parameters = {"objective": objective, "num_leaves": 15, "learning_rate": 0.1, "feature_fraction": 0.3}
    data = lightgbm.Dataset(features[: N // 2], target[: N // 2])
    quiet = {"verbosity": -1, "num_threads": 1, "seed": 0, "deterministic": True, "max_bin": 63}
    return np.asarray(lightgbm.train(parameters | quiet, data, num_boost_round=50).predict(features[N // 2 :]))


@each_task
@pytest.mark.parametrize("target", ["regression", "binary"])
def test_no_boosted_trees_beat_the_best_prediction(name: str, target: str) -> None:
    truth = truth_of(name, target, 0.0)
    labels, test = truth.entities["target"].to_numpy(), slice(N // 2, None)
    own, best = boosted(features_of(truth).to_numpy(float), labels, target), truth.best[test]

    assert r2_score(labels[test], own) <= r2_score(labels[test], best) + 0.01
    if target == "binary" and name != "pure_noise":  # whose AUC is luck
        assert roc_auc_score(labels[test], own) <= roc_auc_score(labels[test], best) + 0.01
    if name in {"order_free", "tabular_only"}:  # the trees can learn
        assert r2_score(labels[test], own) > 0.5 * r2_score(labels[test], best)


@each_task
@pytest.mark.parametrize("target", ["regression", "binary"])
def test_nothing_is_left_to_learn_beyond_the_best_prediction(name: str, target: str) -> None:
    """With hidden readings: what the best prediction misses is noise to trees that are given all tables and itself."""
    truth = truth_of(name, target, 0.2)
    error = truth.entities["target"].to_numpy() - truth.best
    features = features_of(truth).assign(best=truth.best).to_numpy(float)

    assert r2_score(error[N // 2 :], boosted(features, error, "regression")) < 0.01
