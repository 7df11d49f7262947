"""The decision in words: what to use, why, and what would change it."""

from collections.abc import Collection
from dataclasses import dataclass

import pandas as pd

from sequence_learning.evaluation.decision import COSTS, WITHOUT_SEQUENCE, Decision
from sequence_learning.evaluation.parameters import Cost

#: Ranking metrics as people write them.
METRIC_NAMES = {"r2": "R²", "auc": "AUC", "accuracy": "accuracy"}

#: What a cost is, its form, and what a lower one makes of a model.
_COSTS: dict[Cost, tuple[str, str, str]] = {
    "latency": ("time to predict one row", "{:.2f} ms", "faster for one row"),
    "disk": ("size on disk", "{:,.0f} kB", "smaller on disk"),
    "memory": ("memory", "{:.1f} MB", "leaner in memory"),
    "training": ("training time", "{:.0f} s", "quicker to train"),
}


@dataclass(frozen=True)
class Words:
    """The decision as sentences.

    Attributes:
        headline: what to use.
        reason: why, in one sentence.
        would_change: what would lead to another answer.
    """

    headline: str
    reason: str
    would_change: list[str]


def in_words(decision: Decision, metric: str) -> Words:
    """Say it; ``metric`` is the name of the ranking metric."""
    name = METRIC_NAMES.get(metric, metric)
    return Words(_headline(decision, name), _reason(decision, name), _would_change(decision, name))


def shown(encoder: str) -> str:
    """A name as people read it."""
    return encoder.replace("_", " ")


def _headline(decision: Decision, metric: str) -> str:
    if decision.chosen is None:
        return "No encoder fits the budget."
    score, low, high = (decision.of(decision.chosen, column) for column in ("score", "low", "high"))
    sure = f"{decision.parameters.confidence:.0%}"
    return f"Use {shown(decision.chosen)}: {metric} {score:.3f} ({sure} interval {low:.3f} to {high:.3f})."


def _reason(decision: Decision, metric: str) -> str:
    margin, best = f"{decision.parameters.margin:g} {metric}", shown(decision.best)
    sure = f"with {decision.parameters.confidence:.0%} confidence"
    if decision.chosen is None:
        return _why_over_budget(decision)
    if decision.verdict == "tabular":
        low, high = (decision.of(WITHOUT_SEQUENCE, f"behind_{end}") for end in ("low", "high"))
        return (
            f"No encoder is shown to be better than the tabular features alone: the highest score, of {best}, lies "
            f"{low:+.3f} to {high:+.3f} {metric} from theirs."
        )
    if decision.verdict == "best":
        return f"It scores highest, but {sure} no encoder is shown to be within {margin} of all others."
    if len(decision.candidates) == 1:
        return "It is the only encoder that was trained."
    if decision.chosen == decision.best:
        return f"It scores highest, and nothing cheaper is shown to be within {margin} of the best {sure}."
    return (
        f"It is within {margin} of the best, {best} ({decision.of(decision.best, 'score'):.3f}), {sure}, "
        f"and {_advantage(decision, decision.chosen, decision.best)}."
    )


def _advantage(decision: Decision, cheap: str, dear: str) -> str:
    cost = decision.parameters.cost
    _, form, better = _COSTS[cost]
    one, other = decision.of(cheap, cost), decision.of(dear, cost)
    return f"{other / one:.1f} times {better} ({form.format(one)} against {form.format(other)})"


def _why_over_budget(decision: Decision) -> str:
    limits = [
        f"{what} {form.format(limit)} (the least is {form.format(decision.candidates[cost].min())})"
        for cost, (what, form, _) in _COSTS.items()
        if (limit := getattr(decision.parameters.budget, COSTS[cost])) is not None
    ]
    return f"The budget allows: {'; '.join(limits)}."


def _would_change(decision: Decision, metric: str) -> list[str]:
    if decision.chosen is None:
        return ["A larger budget (decision.budget)."]
    changes = [_by_margin(decision, metric), _by_less_margin(decision, metric), *_by_cost(decision)]
    return [change for change in [*changes, _by_budget(decision)] if change]


def _by_margin(decision: Decision, metric: str) -> str:
    """Which cheaper encoder a wider margin would lead to."""
    table = decision.candidates
    cheaper = table[table["within_budget"] & (table.index < table.index[table["encoder"] == decision.chosen][0])]
    cheaper = cheaper[cheaper["margin_needed"] > decision.parameters.margin]
    if decision.verdict not in {"cheapest", "best"} or cheaper.empty:
        return ""
    row = cheaper.sort_values("margin_needed").iloc[0]
    return (
        f"A margin of {row['margin_needed']:.3f} {metric} or more: then {shown(str(row['encoder']))} "
        f"({row['score']:.3f}) would be good enough, and is cheaper."
    )


def _by_less_margin(decision: Decision, metric: str) -> str:
    """How narrow the margin may become before the chosen one is no longer good enough."""
    if decision.verdict != "cheapest" or decision.chosen in {None, decision.best}:
        return ""
    needed = decision.of(str(decision.chosen), "margin_needed")
    return f"A margin below {needed:.3f} {metric}: then {shown(str(decision.chosen))} is not shown to be good enough."


def _by_cost(decision: Decision) -> list[str]:
    """What other notions of cost would choose."""
    if decision.verdict != "cheapest":
        return []
    others = {cost: decision.cheapest(cost) for cost in _COSTS if cost != decision.parameters.cost}
    return [
        f"If {_COSTS[cost][0]} counted (decision.cost: {cost}): {shown(chosen)}."
        for cost, chosen in others.items()
        if chosen not in {None, decision.chosen} and chosen is not None
    ]


def _by_budget(decision: Decision) -> str:
    excluded = decision.candidates[~decision.candidates["within_budget"]]
    if decision.best not in set(excluded["encoder"]):
        return ""
    return f"A larger budget: {shown(decision.best)} ({decision.of(decision.best, 'score'):.3f}) is beyond it."


def against_baselines(
    decision: Decision, scores: pd.DataFrame, differences: pd.DataFrame, baselines: Collection[str], metric: str
) -> str:
    """How the choice compares with the best model that is no encoder; empty where there is nothing to compare."""
    beside = scores[scores["encoder"].isin(baselines)]
    if beside.empty or decision.chosen is None:
        return ""
    best = beside.loc[beside["score"].idxmax()]
    rows = differences[(differences["encoder"] == best["encoder"]) & (differences["other"] == decision.chosen)]
    name, score = shown(str(best["encoder"])), METRIC_NAMES.get(metric, metric)
    (row,) = rows.to_dict("records")
    reach = f"between {row['low']:+.3f} and {row['high']:+.3f} {score}"
    if row["p_holm"] > 1 - decision.parameters.confidence:
        return f"No difference from {name} ({best['score']:.3f}) could be shown: {name} lies {reach} from the choice."
    if row["difference"] > 0:
        return f"{name.capitalize()} does better: {best['score']:.3f}, {reach} from the choice. Consider it first."
    return (
        f"{name.capitalize()}, the best model that is no encoder, reaches {best['score']:.3f}: {reach} from the choice."
    )
