"""The decision: the cheapest encoder that is good enough, as a pure function of what was measured."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from sequence_learning.evaluation.leaderboard import latency_batches
from sequence_learning.evaluation.parameters import Budget, Cost, DecisionParameters
from sequence_learning.evaluation.uncertainty import holm, upper_tail

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
        best: the encoder with the highest score within the budget; of all, if nothing fits it.
        candidates: a row per encoder, cheapest first: ``encoder``, ``score``, ``low``, ``high``;
            ``validation_score``; ``seeds`` and ``units``; the costs ``latency``, ``disk``, ``memory``, ``training``
            (NaN where not measured); ``within_budget``; ``behind``, its distance to ``best``, with ``behind_low`` and
            ``behind_high``; ``p``, for being inferior to some other by the margin, corrected for the number of
            encoders; ``good_enough``; ``margin_needed``, the least margin for which it would be. The last three are
            among those within the budget: NaN and False for the rest.
        parameters: margin, confidence, cost and budget.
    """

    verdict: Verdict
    chosen: str | None
    best: str
    candidates: pd.DataFrame
    parameters: DecisionParameters

    @property
    def affordable(self) -> pd.DataFrame:
        """The candidates within the budget."""
        return self.candidates[self.candidates["within_budget"]]

    def of(self, encoder: str, column: str) -> float:
        """One number of one candidate."""
        return float(self.candidates.set_index("encoder")[column][encoder])

    def cheapest(self, cost: Cost) -> str | None:
        """What would be chosen if ``cost`` counted, among those that are good enough."""
        known = self.candidates[self.candidates["good_enough"]].dropna(subset=[cost])
        return None if known.empty else _cheapest(known, cost, self.parameters.cost_tolerance)


def decide(
    scores: pd.DataFrame,
    differences: pd.DataFrame,
    costs: pd.DataFrame,
    baselines: Collection[str],
    parameters: DecisionParameters,
) -> Decision:
    """Choose among the encoders within the budget.

    An encoder is good enough if, for every other, the hypothesis that it is worse by the margin or more is rejected (an
    intersection-union test, Berger, 1982, https://doi.org/10.1080/00401706.1982.10487790; as test of non-inferiority:
    Wellek, *Testing Statistical Hypotheses of Equivalence and Noninferiority*, 2010), after Holm's correction for the
    number of encoders, weighted by their rank on validation rows: the test rows do not know that order, so whoever
    leads there may be asked first without a loss of confidence, and clear losers cost next to nothing. The cheapest of
    these is chosen (of those within the tolerance of its cost, the best); if there is none, the best as measured. If no
    encoder is shown to be better than the model without the sequence (one-sided, Holm's correction), that model is
    chosen.

    Args:
        scores: as :func:`~.comparison.score_table` gives them.
        differences: as :func:`~.comparison.difference_table` gives them.
        costs: the leaderboard: a row per ``encoder`` with its latency, size and training time.
        baselines: models that are no encoders, and never chosen.
        parameters: margin, confidence, cost, budget.

    Raises:
        ValueError: if there is no encoder, a score is not defined, or a cost that counts was measured of none.
    """
    scores = scores[~scores["encoder"].isin(baselines)]
    if scores.empty:
        raise ValueError("a decision needs at least one encoder, got none; train one")
    undefined = scores["encoder"][scores["score"].isna()]
    if len(undefined):
        raise ValueError(
            f"a decision needs scores, but that of {', '.join(undefined)} is not defined on the test rows; "
            "test rows with different targets"
        )
    candidates = scores[["encoder", "score", "low", "high", "validation_score", "seeds", "units"]].merge(
        _costs(costs), on="encoder", how="left"
    )
    _refuse_unless_measured(candidates, parameters)
    candidates = _cheapest_first(candidates, parameters.cost)
    candidates["within_budget"] = _within(candidates, parameters.budget)
    names = candidates["encoder"][candidates["within_budget"]]
    best = _best(candidates[candidates["within_budget"]] if len(names) else candidates)
    to_best = differences[differences["encoder"] == best].set_index("other")
    for column, name in (("behind", "difference"), ("behind_low", "low"), ("behind_high", "high")):
        candidates[column] = candidates["encoder"].map(to_best[name]).fillna(0.0)
    pairs = differences[differences["encoder"].isin(names) & differences["other"].isin(names)]
    weights = _weights(candidates[candidates["within_budget"]])
    for column, by_encoder in _inferiority(pairs, weights, parameters).items():
        # An encoder without others is behind none, by no margin.
        candidates[column] = candidates["encoder"].map(by_encoder.reindex(names, fill_value=0.0))
    candidates["good_enough"] = candidates["p"] <= 1 - parameters.confidence
    verdict, chosen = _choose(candidates[candidates["within_budget"]], pairs, parameters)
    return Decision(verdict, chosen, best, candidates, parameters)


def _choose(
    affordable: pd.DataFrame, pairs: pd.DataFrame, parameters: DecisionParameters
) -> tuple[Verdict, str | None]:
    if affordable.empty:
        return "over_budget", None
    if WITHOUT_SEQUENCE in set(affordable["encoder"]) and not _any_better(pairs, parameters.confidence):
        return "tabular", WITHOUT_SEQUENCE
    good = affordable[affordable["good_enough"]]
    if not good.empty:
        return "cheapest", _cheapest(good, parameters.cost, parameters.cost_tolerance)
    return "best", _best(affordable)


def _cheapest(table: pd.DataFrame, cost: Cost, tolerance: float) -> str:
    """The best of those that cost as good as the least; where no cost is known, of all."""
    level = table[table[cost] <= (1 + tolerance) * table[cost].min()]
    return _best(_cheapest_first(table if level.empty else level, cost))


def _best(table: pd.DataFrame) -> str:
    """The highest score; of equal ones the cheapest."""
    return str(table.sort_values("score", ascending=False, kind="stable")["encoder"].iloc[0])


def _cheapest_first(table: pd.DataFrame, cost: Cost) -> pd.DataFrame:
    """What costs the same by score, then by name; what was not measured last."""
    return table.sort_values([cost, "score", "encoder"], ascending=[True, False, True], ignore_index=True)


def _any_better(pairs: pd.DataFrame, confidence: float) -> bool:
    """Whether an encoder is shown to be better than the model without the sequence."""
    gains = pairs[pairs["other"] == WITHOUT_SEQUENCE]
    return bool((holm(_p_at_most(gains, 0.0)) <= 1 - confidence).any())


def _weights(candidates: pd.DataFrame) -> "pd.Series[float]":
    """How much of the chance of error is spent on each encoder: 1 / rank² on validation rows; of equals by name."""
    ranked = candidates.sort_values(["validation_score", "encoder"], ascending=[False, True])
    return pd.Series(1 / np.arange(1.0, len(ranked) + 1) ** 2, ranked["encoder"])


def _inferiority(
    pairs: pd.DataFrame, weights: "pd.Series[float]", parameters: DecisionParameters
) -> dict[str, "pd.Series[float]"]:
    """By encoder: ``p`` against being inferior by the margin, corrected, and the ``margin_needed`` to be shown not to.

    The margins are Holm's steps, read in units of the score: each step goes to the encoder that needs the least.
    """
    worst = pd.Series(_p_at_most(pairs, -parameters.margin), pairs["encoder"]).groupby(level=0).max()
    corrected = pd.Series(holm(worst.to_numpy(), weights[worst.index].to_numpy()), worst.index)
    needed: dict[str, float] = {}
    reached, left = 0.0, pairs
    while not left.empty:
        shares = left["encoder"].map(weights) / weights[left["encoder"].unique()].sum()
        level = (1 - parameters.confidence) * shares
        reach = -stdtrit(left["df"], level) * left["standard_error"] - left["difference"]
        by_encoder = reach.groupby(left["encoder"]).max()
        first = str(by_encoder.idxmin())
        needed[first] = reached = max(reached, float(by_encoder[first]))
        left = left[left["encoder"] != first]
    return {"p": corrected, "margin_needed": pd.Series(needed, dtype="float64")}


def _p_at_most(pairs: pd.DataFrame, limit: float) -> np.ndarray:
    """One-sided p-values against a difference of at most ``limit``."""
    difference, error, df = (pairs[column].to_numpy() for column in ("difference", "standard_error", "df"))
    return upper_tail(difference - limit, error, df)


def _costs(leaderboard: pd.DataFrame) -> pd.DataFrame:
    """The four costs of each encoder under their names here; latency is that of the smallest batch."""
    columns = {
        "latency": next(iter(latency_batches(leaderboard).values()), "latency"),
        "disk": "disk_kb",
        "memory": "peak_memory_mb",
        "training": "fit_seconds",
    }
    known = {cost: leaderboard.get(column, np.nan) for cost, column in columns.items()}
    return pd.DataFrame({"encoder": leaderboard["encoder"]} | known)


def _refuse_unless_measured(table: pd.DataFrame, parameters: DecisionParameters) -> None:
    needed = {"decision.cost": parameters.cost} | {
        f"decision.budget.{limit}": cost
        for cost, limit in COSTS.items()
        if getattr(parameters.budget, limit) is not None
    }
    known = [cost for cost in COSTS if table[cost].notna().any()]
    for parameter, cost in needed.items():
        if cost not in known:
            raise ValueError(
                f"{parameter} must name what was measured, but {cost} was measured of no encoder; "
                f"use some of: {', '.join(known)}"
            )


def _within(table: pd.DataFrame, budget: Budget) -> np.ndarray:
    """What was not measured is not held against an encoder unless the budget limits it."""
    limits = {cost: getattr(budget, limit) for cost, limit in COSTS.items()}
    within = [(table[cost] <= limit).to_numpy() for cost, limit in limits.items() if limit is not None]
    return np.logical_and.reduce(within) if within else np.ones(len(table), dtype=bool)
