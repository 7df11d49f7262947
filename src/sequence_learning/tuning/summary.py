"""What searches found, by model: beside the configuration, and beside what they were allowed."""

import json
import logging
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from sequence_learning.metrics import METRICS
from sequence_learning.parameters import Task
from sequence_learning.tuning.intervals import half_width
from sequence_learning.tuning.parameters import TuningParameters
from sequence_learning.tuning.plan import Search

logger = logging.getLogger(__name__)


def summarise(task: Task, trials: pd.DataFrame, tuning: TuningParameters) -> pd.DataFrame:
    """One row per model, in the order in which they were searched.

    Args:
        task: says the metric.
        trials: as :func:`~sequence_learning.tuning.measure.measure` gives them.
        tuning: the budget.

    Returns:
        ``model``, ``metric``, ``searches``; ``trials`` and ``cpu_seconds``, used in all searches, with
        ``trials_allowed`` and ``cpu_seconds_allowed``; how many were ``pruned``, ``cut_off``, ``failed``; means over
        searches of the configuration's validation score (``default``), of the ``best`` and of their difference
        (``gain``, with ``gain_low`` and ``gain_high``, its 95% interval).
    """
    rows = []
    for model, own in trials.groupby("model", sort=False):
        counted = own[own["state"] != "interrupted"]
        by_search = counted.groupby("search")["score"].agg(default=_first, best="max")
        gains = by_search["best"] - by_search["default"]
        half = half_width(gains)
        states = counted["state"].value_counts()
        n_searches = own["search"].nunique()
        rows.append(
            {
                "model": model,
                "metric": METRICS[task][0],
                "searches": n_searches,
                "trials": len(counted),
                "trials_allowed": n_searches * tuning.trials,
                "cpu_seconds": own["cpu_seconds"].sum(),
                "cpu_seconds_allowed": n_searches * tuning.cpu_seconds,
                **{state: int(states.get(state, 0)) for state in ("pruned", "cut_off", "failed")},
                "default": by_search["default"].mean(),
                "best": by_search["best"].mean(),
                "gain": gains.mean(),
                "gain_low": gains.mean() - half,
                "gain_high": gains.mean() + half,
            }
        )
    return pd.DataFrame(rows)


def choose(trials: pd.DataFrame, plan: Sequence[Search]) -> dict[str, dict[str, Any]]:
    """The options of each model's best trial on validation rows, the first of equals, over all searches.

    Returns:
        By model, options by part of the configuration, and ``data``, the key of the rows that they were found on. A
        model of which no trial came to its end keeps its configuration.
    """
    tuned = {}
    for model, searches in {search.model: search for search in plan}.items():
        own = trials[(trials["model"] == model) & (trials["state"] == "complete")]
        empty: dict[str, Any] = {part: {} for part in searches.configuration.parts}
        if own.empty:
            logger.warning(
                "no trial of %s came to its end, so it stays as configured; raise tuning.cpu_seconds if they were cut "
                "off, or see the warnings above if they failed",
                model,
            )
        best = {} if own.empty else json.loads(own["options"].iloc[int(own["score"].argmax())])
        tuned[model] = empty | best | {"data": searches.data}
    return tuned


def _first(scores: "pd.Series[float]") -> float:
    """That of the configuration; missing if it was cut off, where pandas' own ``first`` would take the next."""
    return float(scores.iloc[0]) if len(scores) else np.nan
