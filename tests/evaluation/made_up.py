"""Tables that a decision is made from, made up."""

from itertools import permutations
from typing import Any

import numpy as np
import pandas as pd

from sequence_learning.evaluation.decision import Decision, decide
from sequence_learning.evaluation.parameters import DecisionParameters

_COLUMNS = {"latency": "latency_ms_batch_1", "disk": "disk_kb", "memory": "peak_memory_mb", "training": "fit_seconds"}


def decided(
    scores: dict[str, float],
    *,
    error: float | dict[frozenset[str], float] = 0.002,
    baselines: tuple[str, ...] = (),
    costs: dict[str, list[float]] | None = None,
    seeds: int = 3,
    units: int = 1000,
    validation: dict[str, float] | None = None,
    **parameters: Any,
) -> Decision:
    """A decision where every difference has this standard error, and each model costs more than the one before it.

    Args:
        scores: by model, cheapest first.
        error: of all differences, or of each pair's.
        baselines: models that are no encoders.
        costs: what differs from 1, 2, 3... ms, in other units 10, 20, 30... kB, MB and seconds.
        seeds: of every model.
        units: of the test rows.
        validation: scores on validation rows, where they differ from those on test rows.
        parameters: of the decision.
    """
    return decide(
        *tables(scores, error=error, costs=costs, seeds=seeds, units=units, validation=validation),
        baselines,
        DecisionParameters.model_validate(parameters),
    )


def tables(
    scores: dict[str, float],
    *,
    error: float | dict[frozenset[str], float] = 0.002,
    costs: dict[str, list[float]] | None = None,
    seeds: int = 3,
    units: int = 1000,
    validation: dict[str, float] | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Scores, differences and costs."""
    values = pd.Series(scores)
    score_table = pd.DataFrame(
        {"encoder": values.index, "score": values, "low": values - 0.01, "high": values + 0.01}
    ).reset_index(drop=True)
    score_table = score_table.assign(
        validation_score=pd.Series(scores | (validation or {})).to_numpy(), seeds=seeds, units=units
    )
    rows = [
        (one, other, scores[one] - scores[other], error if isinstance(error, float) else error[frozenset((one, other))])
        for one, other in permutations(scores, 2)
    ]
    pairs = pd.DataFrame(rows, columns=["encoder", "other", "difference", "standard_error"])
    pairs = pairs.astype({"difference": "float64", "standard_error": "float64"}).assign(df=1000.0)
    pairs["low"] = pairs["difference"] - 2 * pairs["standard_error"]
    pairs["high"] = pairs["difference"] + 2 * pairs["standard_error"]
    steps = np.arange(1.0, len(scores) + 1)
    measured = {"latency": steps, "disk": 10 * steps, "memory": 10 * steps, "training": 10 * steps} | (costs or {})
    leaderboard = pd.DataFrame({"encoder": list(scores)} | {_COLUMNS[cost]: measured[cost] for cost in measured})
    return score_table.sort_values("score", ascending=False, ignore_index=True), pairs, leaderboard
