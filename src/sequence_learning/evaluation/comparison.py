"""All models against each other: scores with intervals, and every difference."""

from collections.abc import Mapping
from itertools import combinations

import numpy as np
import pandas as pd

from sequence_learning.evaluation.uncertainty import Scored, difference, estimate, holm, scored
from sequence_learning.metrics import ranking_score
from sequence_learning.parameters import Task


def score_models(task: Task, predictions: Mapping[str, pd.DataFrame], units: "pd.Series[int]") -> dict[str, Scored]:
    """Score every model's predictions of the test rows; arguments as :func:`~.uncertainty.scored` takes them."""
    return {name: scored(task, table[table["part"] == "test"], units) for name, table in predictions.items()}


def validation_scores(task: Task, predictions: Mapping[str, pd.DataFrame]) -> dict[str, float]:
    """Every model's ranking metric on the validation rows, mean over seeds; below all others where it is not defined.

    Args:
        task: chooses the metric.
        predictions: by model: ``part``, ``seed``, ``target``, and ``prediction`` or ``p_0``, ``p_1``...
    """
    found = {}
    for name, table in predictions.items():
        rows = table[table["part"] == "validation"]
        scores = [ranking_score(task, own) for _, own in rows.groupby("seed")]
        found[name] = float(np.nan_to_num(np.mean(scores), nan=-np.inf))
    return found


def score_table(
    models: Mapping[str, Scored], validation: Mapping[str, float], confidence: float = 0.95
) -> pd.DataFrame:
    """Every model's ranking metric, best first.

    Args:
        models: as :func:`score_models` gives them.
        validation: as :func:`validation_scores` gives them.
        confidence: of the intervals.

    Returns:
        ``encoder``, ``score``, ``low``, ``high``, ``standard_error``, ``validation_score``, ``seeds`` and ``units``:
        how many of each.
    """
    rows = []
    for name, model in models.items():
        found = estimate(model, confidence)
        rows.append(
            {
                "encoder": name,
                "score": found.value,
                "low": found.low,
                "high": found.high,
                "standard_error": found.standard_error,
                "validation_score": validation[name],
                "seeds": len(model.seeds),
                "units": len(model.units),
            }
        )
    return pd.DataFrame(rows).sort_values("score", ascending=False, ignore_index=True)


def difference_table(models: Mapping[str, Scored], confidence: float = 0.95) -> pd.DataFrame:
    """Every pair of models, both ways round.

    Returns:
        ``encoder``, ``other``, ``difference`` (how far the first is above the second), ``low``, ``high``,
        ``standard_error``, ``df``, ``p``, and ``p_holm``: corrected for the number of pairs.
    """
    columns = ["difference", "low", "high", "standard_error", "df", "p", "p_holm"]
    pairs = list(combinations(models, 2))
    found = [difference(models[one], models[other], confidence) for one, other in pairs]
    corrected = holm(np.array([each.p for each in found]))
    rows = []
    for (one, other), each, p_holm in zip(pairs, found, corrected, strict=True):
        rest = (each.standard_error, each.df, each.p, p_holm)
        rows.append((one, other, each.value, each.low, each.high, *rest))
        rows.append((other, one, 0.0 - each.value, 0.0 - each.high, 0.0 - each.low, *rest))  # no "-0.000"
    # One model alone has no pair, and a table without rows would have no types.
    return pd.DataFrame(rows, columns=["encoder", "other", *columns]).astype(dict.fromkeys(columns, "float64"))
