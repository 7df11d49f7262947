"""The decision: the cheapest encoder that is good enough, as a pure function of what was measured."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from scipy import stats

from sequence_learning.evaluation.parameters import Budget, Cost, DecisionParameters
from sequence_learning.evaluation.uncertainty import holm

#: ``cheapest``: the cheapest shown to be good enough. ``best``: none was shown to be, so the best as measured.
#: ``tabular``: no encoder was shown to be better than no sequence at all. ``over_budget``: nothing fits the budget.
Verdict = Literal["cheapest", "best", "tabular", "over_budget"]

#: The model without the sequence.
WITHOUT_SEQUENCE = "tabular_only"

#: The costs, and which limit of the budget holds for which.
COSTS: dict[Cost, str] = {
    "latency": "latency_ms",
    "disk": "disk_kb",
    "memory": "memory_mb",
    "training": "training_seconds",
}


@dataclass(frozen=True)
class Decision:
    """What to use, and what it rests on.

    Attributes:
        verdict: on what ground.
        chosen: the encoder; None if nothing fits the budget.
        best: the encoder with the highest score, whatever it costs.
        candidates: a row per encoder, cheapest first: ``encoder``, ``score``, ``low``, ``high``; ``behind``, its
            distance to ``best``, with ``behind_low`` and ``behind_high``; the costs ``latency``, ``disk``, ``memory``,
            ``training`` (NaN where not measured); ``within_budget``; ``p``, for being inferior to some encoder by the
            margin, corrected for the number of encoders; ``good_enough``; ``margin_needed``, the least margin for which
            it would be.
        parameters: margin, confidence, cost and budget.
    """

    verdict: Verdict
    chosen: str | None
    best: str
    candidates: pd.DataFrame
    parameters: DecisionParameters

    def of(self, encoder: str, column: str) -> float:
        """One number of one candidate."""
        return float(self.candidates.set_index("encoder")[column][encoder])

    def cheapest(self, cost: Cost) -> str | None:
        """What would be chosen if ``cost`` counted, among those that are good enough and within the budget."""
        allowed = self.candidates[self.candidates["within_budget"] & self.candidates["good_enough"]]
        known = allowed.dropna(subset=[cost])
        return None if known.empty else str(known.sort_values(cost)["encoder"].iloc[0])


def decide(
    scores: pd.DataFrame,
    differences: pd.DataFrame,
    costs: pd.DataFrame,
    baselines: Collection[str],
    parameters: DecisionParameters,
) -> Decision:
    """Choose among the encoders.

    An encoder is good enough if, for every other encoder, the hypothesis that it is worse by the margin or more is
    rejected (an intersection-union test, Berger, 1982, https://doi.org/10.1080/00401706.1982.10487790; as test of
    non-inferiority: Wellek, *Testing Statistical Hypotheses of Equivalence and Noninferiority*, 2010), after Holm's
    correction for the number of encoders. The cheapest of these within the budget is chosen; if there is none, the best
    as measured within the budget. If no encoder within the budget is shown to be better than the model without the
    sequence (one-sided, Holm's correction), that model is chosen.

    Args:
        scores: as :func:`~.comparison.score_table` gives them.
        differences: as :func:`~.comparison.difference_table` gives them.
        costs: the leaderboard: a row per ``encoder`` with its latency, size and training time.
        baselines: models that are no encoders, and never chosen.
        parameters: margin, confidence, cost, budget.

    Raises:
        ValueError: if there is no encoder, or the cost was measured of none.
    """
    scores = scores[~scores["encoder"].isin(baselines)]
    if scores.empty:
        raise ValueError("a decision needs at least one encoder, got none; train one")
    pairs = differences[differences["encoder"].isin(scores["encoder"]) & differences["other"].isin(scores["encoder"])]
    candidates = _candidates(scores, pairs, _costs(costs), parameters)
    best = _best(scores)
    verdict, chosen = _choose(candidates, pairs, parameters)
    return Decision(verdict, chosen, best, candidates, parameters)


def _choose(
    candidates: pd.DataFrame, pairs: pd.DataFrame, parameters: DecisionParameters
) -> tuple[Verdict, str | None]:
    affordable = candidates[candidates["within_budget"]]
    if affordable.empty:
        return "over_budget", None
    names = set(affordable["encoder"])
    if WITHOUT_SEQUENCE in names and not _any_better(pairs, names, parameters.confidence):
        return "tabular", WITHOUT_SEQUENCE
    good = affordable[affordable["good_enough"]]
    if not good.empty:
        return "cheapest", str(good["encoder"].iloc[0])
    return "best", _best(affordable)


def _best(table: pd.DataFrame) -> str:
    return str(table.sort_values("score", ascending=False)["encoder"].iloc[0])


def _any_better(pairs: pd.DataFrame, names: set[str], confidence: float) -> bool:
    """Whether an affordable encoder is shown to be better than the model without the sequence."""
    gains = pairs[(pairs["other"] == WITHOUT_SEQUENCE) & pairs["encoder"].isin(names)]
    return bool((holm(_p_at_most(gains, 0.0)) <= 1 - confidence).any())


def _candidates(
    scores: pd.DataFrame, pairs: pd.DataFrame, costs: pd.DataFrame, parameters: DecisionParameters
) -> pd.DataFrame:
    best = _best(scores)
    to_best = pairs[pairs["encoder"] == best].set_index("other")
    table = scores[["encoder", "score", "low", "high"]].merge(costs, on="encoder", how="left")
    if table[parameters.cost].isna().all():
        raise ValueError(
            f"decision.cost must have been measured, but {parameters.cost!r} is missing for all encoders; "
            f"use another of: {', '.join(COSTS)}"
        )
    for column, name in (("behind", "difference"), ("behind_low", "low"), ("behind_high", "high")):
        table[column] = table["encoder"].map(to_best[name]).fillna(0.0)
    table["within_budget"] = _within(table, parameters.budget)
    worst = _p_at_most(pairs, -parameters.margin)
    table["p"] = holm(
        table["encoder"].map(pd.Series(worst).groupby(pairs["encoder"].to_numpy()).max()).fillna(0.0).to_numpy()
    )
    table["good_enough"] = table["p"] <= 1 - parameters.confidence
    table["margin_needed"] = table["encoder"].map(_margins_needed(pairs, len(table), parameters.confidence)).fillna(0.0)
    return table.sort_values([parameters.cost, "score"], ascending=[True, False], ignore_index=True)


def _p_at_most(pairs: pd.DataFrame, limit: float) -> np.ndarray:
    """One-sided p-values against a difference of at most ``limit``."""
    distance, error = pairs["difference"].to_numpy() - limit, pairs["standard_error"].to_numpy()
    certain = np.where(distance > 0, 0.0, 1.0)  # two models that predict the same
    with np.errstate(divide="ignore", invalid="ignore"):
        p = stats.t.sf(distance / error, pairs["df"].to_numpy())
    return np.where(error > 0, p, certain)


def _margins_needed(pairs: pd.DataFrame, n: int, confidence: float) -> "pd.Series[float]":
    """The least margin at which an encoder is good enough, were it the first in Holm's order."""
    reach = stats.t.ppf(1 - (1 - confidence) / n, pairs["df"]) * pairs["standard_error"]
    return (reach - pairs["difference"]).groupby(pairs["encoder"]).max().clip(lower=0.0)


def _costs(leaderboard: pd.DataFrame) -> pd.DataFrame:
    """The four costs of each encoder under their names here; latency is that of the smallest batch."""
    batches = [int(str(name).rsplit("_", 1)[1]) for name in leaderboard.filter(like="latency_ms_batch_")]
    columns = {
        "latency": f"latency_ms_batch_{min(batches, default=1)}",
        "disk": "disk_kb",
        "memory": "peak_memory_mb",
        "training": "fit_seconds",
    }
    known = {cost: leaderboard.get(column, np.nan) for cost, column in columns.items()}
    return pd.DataFrame({"encoder": leaderboard["encoder"]} | known)


def _within(table: pd.DataFrame, budget: Budget) -> np.ndarray:
    """What was not measured is not held against an encoder unless the budget limits it."""
    limits = {cost: getattr(budget, limit) for cost, limit in COSTS.items()}
    within = [(table[cost] <= limit).to_numpy() for cost, limit in limits.items() if limit is not None]
    return np.logical_and.reduce(within) if within else np.ones(len(table), dtype=bool)
