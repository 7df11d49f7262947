"""How well anything can do on a task: the scores that its Bayes-optimal prediction has in expectation."""

from typing import Literal

import numpy as np

from sequence_learning.tasks.base import KnownTruth, KnownTruthTask


def attainable(truth: KnownTruth, target: Literal["regression", "binary"]) -> dict[str, float]:
    """The best possible scores, in expectation over the targets that these inputs may have.

    They follow from the Bayes-optimal prediction alone; the targets that were drawn play no part. So a score on few
    rows lies above them as often as below.

    Args:
        truth: tables, and the best prediction of each row, ``(N,)``.
        target: of which kind the prediction is.

    Returns:
        Regression: ``r2``. The target has variance 1 by construction, so this is 1 less the variance that stays.
        Binary: ``auc`` and ``average_precision`` of ranking by the probability, and ``accuracy`` of naming the likelier
        class, of many rows (average precision on few is higher, by .003 on 8,000 of which 5% are positive). Where
        readings are missing they are too high, by up to about .003 if both classes are as frequent and .015 if one row
        in twenty is positive, since each probability is a mean over finitely many completions.
    """
    if target == "regression":
        return {"r2": 1 - truth.unexplained}
    accuracy = float(np.maximum(truth.best, 1 - truth.best).mean())
    return _expected_of_ranking(truth.best) | {"accuracy": accuracy}


def order_free_attainable(task: KnownTruthTask, n_draws: int = 8) -> float:
    r"""The best R² of a model that is blind to the order of events: regression, nothing missing.

    All that such a model has of a row is :math:`Z`, the events without their order, and the best it can make of it is
    :math:`E[S | Z]` for the signal :math:`S`. Let two arrangements of the events be drawn independently from those
    that :math:`Z` allows, as likely as the task makes them, with signals :math:`S_1` and :math:`S_2`. Given :math:`Z`
    they are independent and each has the mean :math:`E[S | Z]`, hence

    .. math:: Cov(S_1, S_2) = E[Cov(S_1, S_2 | Z)] + Cov(E[S_1 | Z], E[S_2 | Z]) = 0 + Var(E[S | Z]).

    Divided by :math:`Var(S)` that is the share of the signal which order-free models can explain.

    Args:
        task: says how large the draws are, how noisy the target is, and what the seed is.
        n_draws: fresh sets of sequences to average over; more give a smaller error.

    Returns:
        ``1 - noise`` where order does not matter, 0 where there is no signal.
    """
    rng = np.random.default_rng([task.config.seed, 2])
    shared = variance = 0.0
    for _ in range(n_draws):
        sequences = task.draw(rng)
        one, other = (task.order_free_signal(sequences, rng) for _ in range(2))
        shared += float(np.cov(one, other)[0, 1])
        variance += float(np.var(task.signal(sequences), ddof=1))
    return (1 - task.config.noise) * shared / variance if variance > 0 else 0.0


def _expected_of_ranking(probability: np.ndarray) -> dict[str, float]:
    """Scores of rows that are each a positive with weight ``p`` and a negative with weight ``1 - p``."""
    from sklearn.metrics import average_precision_score, roc_auc_score  # takes seconds, and no other task needs it

    labels = np.repeat([1, 0], len(probability))
    weights = np.concatenate([probability, 1 - probability])
    scores = {"auc": roc_auc_score, "average_precision": average_precision_score}
    return {name: float(s(labels, np.tile(probability, 2), sample_weight=weights)) for name, s in scores.items()}
