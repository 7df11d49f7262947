"""The decision in words: what to use, why, and what would change it."""

from dataclasses import dataclass
from math import ceil, floor

import pandas as pd

from sequence_learning.evaluation.decision import COSTS, WITHOUT_SEQUENCE, Decision
from sequence_learning.evaluation.labels import metric_name, shown
from sequence_learning.evaluation.parameters import Cost

#: What a cost is, its unit, and what a lower one makes of a model.
_COSTS: dict[Cost, tuple[str, str, str]] = {
    "latency": ("prediction time", "ms", "faster"),
    "disk": ("size on disk", "kB", "smaller on disk"),
    "memory": ("memory", "MB", "leaner in memory"),
    "training": ("training time", "s", "quicker to train"),
}


#: Independent units of test rows below which intervals were seen to cover less than they should.
FEW_UNITS = 20


@dataclass(frozen=True)
class Words:
    """The decision as sentences.

    Attributes:
        headline: what to use.
        reason: why, in one sentence.
        would_change: what would, or might, lead to another answer.
    """

    headline: str
    reason: str
    would_change: list[str]


def in_words(decision: Decision, metric: str) -> Words:
    """Say it; ``metric`` is the name of the ranking metric."""
    name = metric_name(metric)
    return Words(_headline(decision, name), _reason(decision, name), _would_change(decision, name))


def _headline(decision: Decision, metric: str) -> str:
    if decision.chosen is None:
        return "No encoder fits the budget."
    score, low, high = (decision.of(decision.chosen, column) for column in ("score", "low", "high"))
    sure = f"{decision.parameters.confidence:.0%}"
    return f"Use {shown(decision.chosen)}: {metric} {score:z.3f} ({sure} interval {low:z.3f} to {high:z.3f})."


def _reason(decision: Decision, metric: str) -> str:
    if decision.chosen is None:
        return _why_over_budget(decision)
    if len(decision.affordable) == 1:
        return f"It is the only encoder that {'was trained' if len(decision.candidates) == 1 else 'fits the budget'}."
    if decision.verdict == "tabular":
        return _why_tabular(decision, metric)
    if decision.verdict == "cheapest":
        return _why_cheapest(decision, metric)
    return (
        f"It scores highest{_scope(decision)}, but {_sure(decision)} no encoder is shown to be within "
        f"{_margin(decision, metric)} of all others."
    )


def _why_cheapest(decision: Decision, metric: str) -> str:
    sure, margin, scope = _sure(decision), _margin(decision, metric), _scope(decision)
    if decision.chosen != decision.best:
        best = _scored(decision, decision.best)
        return f"It is within {margin} of the best{scope}, {best}, {sure}{_advantage(decision)}."
    cheaper = _clearly(decision) + _COSTS[decision.parameters.cost][2]
    if _cheaper_than_chosen(decision).empty:
        return f"It scores highest{scope}, and no other is {cheaper}."
    return f"It scores highest{scope}, and none that is {cheaper} is shown to be within {margin} of all others {sure}."


def _why_over_budget(decision: Decision) -> str:
    limits = [
        f"{what} at most {_amount(limit, unit)} (the least is {_amount(decision.candidates[cost].min(), unit)})"
        for cost, (what, unit, _) in _COSTS.items()
        if (limit := getattr(decision.parameters.budget, COSTS[cost])) is not None
    ]
    return f"The budget asks for {', '.join(limits)}."


def _why_tabular(decision: Decision, metric: str) -> str:
    if decision.best == WITHOUT_SEQUENCE:
        return f"The tabular features alone score highest{_scope(decision)}."
    low, high = (decision.of(WITHOUT_SEQUENCE, f"behind_{end}") for end in ("low", "high"))
    return (
        f"No encoder{_scope(decision)} is shown to be better than the tabular features alone: taken by itself, the "
        f"highest score, of {_scored(decision, decision.best)}, lies between {_above(low)} and {_above(high)} theirs "
        f"in {metric} {_sure(decision)}."
    )


def _sure(decision: Decision) -> str:
    return f"with {decision.parameters.confidence:.0%} confidence"


def _margin(decision: Decision, metric: str) -> str:
    return f"{decision.parameters.margin:g} {metric}"


def _above(difference: float) -> str:
    return f"{abs(difference):.3f} {'below' if difference < 0 else 'above'}"


def _scope(decision: Decision) -> str:
    """Whom the sentence speaks of, where that is not all."""
    return "" if decision.candidates["within_budget"].all() else " within the budget"


def _scored(decision: Decision, encoder: str) -> str:
    return f"{shown(encoder)} ({decision.of(encoder, 'score'):z.3f})"


def _advantage(decision: Decision) -> str:
    """How much cheaper the chosen one is than the best, if it is."""
    cost = decision.parameters.cost
    _, unit, cheaper = _COSTS[cost]
    one, other = decision.of(str(decision.chosen), cost), decision.of(decision.best, cost)
    if not 0 < one < other:
        return ""
    times = f"{other / one:.1f} times" if other >= 1.05 * one else "slightly"
    return f", and {times} {cheaper} ({_amount(one, unit)} against {_amount(other, unit)})"


def _amount(value: float, unit: str) -> str:
    return f"{value:,.0f} {unit}" if value >= 100 else f"{value:.3g} {unit}"


def _would_change(decision: Decision, metric: str) -> list[str]:
    if decision.chosen is None:
        return ["A larger budget (decision.budget)."]
    changes = [
        _by_wider_margin(decision, metric),
        _by_narrower_margin(decision, metric),
        *_by_cost(decision),
        _by_budget(decision),
        _by_more_data(decision),
    ]
    return [change for change in changes if change]


def _by_wider_margin(decision: Decision, metric: str) -> str:
    """Which cheaper encoder a wider margin would lead to."""
    cheaper = _cheaper_than_chosen(decision)
    cheaper = cheaper[cheaper["margin_needed"] > decision.parameters.margin]
    if decision.verdict == "tabular" or cheaper.empty:
        return ""
    first = str(cheaper.sort_values("margin_needed")["encoder"].iloc[0])
    enough = ceil(1000 * decision.of(first, "margin_needed")) / 1000
    return (
        f"A margin of {enough:.3f} {metric} or more: then {_scored(decision, first)} would be good enough, and is "
        f"{_COSTS[decision.parameters.cost][2]}."
    )


def _by_narrower_margin(decision: Decision, metric: str) -> str:
    """How narrow the margin may become before the chosen one is no longer good enough."""
    if decision.verdict != "cheapest" or decision.chosen == decision.best:
        return ""
    least = floor(1000 * decision.of(str(decision.chosen), "margin_needed")) / 1000
    if least == 0:
        return ""
    return f"A margin below {least:.3f} {metric}: then {shown(str(decision.chosen))} is not shown to be good enough."


def _by_cost(decision: Decision) -> list[str]:
    """What other notions of cost would choose."""
    if decision.verdict != "cheapest":
        return []
    others = {cost: decision.cheapest(cost) for cost in _COSTS if cost != decision.parameters.cost}
    return [
        f"If {_COSTS[cost][0]} counted instead (decision.cost: {cost}): {shown(other)}."
        for cost, other in others.items()
        if other is not None and other != decision.chosen
    ]


def _by_budget(decision: Decision) -> str:
    excluded = decision.candidates[~decision.candidates["within_budget"]]
    better = excluded[excluded["score"] > decision.of(decision.best, "score")]
    if better.empty:
        return ""
    first = str(better.sort_values("score", ascending=False)["encoder"].iloc[0])
    return f"A larger budget (decision.budget): {_scored(decision, first)} scores higher, but is not within it."


def _by_more_data(decision: Decision) -> str:
    """What is not known so far."""
    seeds, units = (int(decision.candidates[column].min()) for column in ("seeds", "units"))
    if seeds == 1:
        return "More seeds (training.seeds): with one, what another seed would change is not known."
    if seeds == 2 or units < FEW_UNITS:
        return (
            f"More seeds or test rows: with {seeds} seeds and {units} independent units of test rows, intervals are "
            "somewhat too narrow."
        )
    if decision.verdict in {"best", "tabular"} and len(decision.affordable) > 1:
        return "More test rows or seeds: smaller differences could be shown."
    return ""


def _cheaper_than_chosen(decision: Decision) -> pd.DataFrame:
    """Those whose cost is lower by more than the tolerance."""
    cost, affordable = decision.parameters.cost, decision.affordable
    as_good = (1 + decision.parameters.cost_tolerance) * affordable[cost]
    return affordable[as_good < decision.of(str(decision.chosen), cost)]


def _clearly(decision: Decision) -> str:
    return "clearly " if decision.parameters.cost_tolerance else ""


def against_baselines(decision: Decision, differences: pd.DataFrame, baselines: pd.DataFrame) -> str:
    """How the choice compares with the best model that is no encoder; empty where there is nothing to compare.

    Where it is not shown to be better, it is also said how the encoder that scores highest does, if that is another.

    Args:
        decision: the choice.
        differences: as :func:`~.comparison.difference_table` gives them.
        baselines: rows of :func:`~.comparison.score_table` of models that are no encoders.
    """
    if baselines.empty or decision.chosen is None:
        return ""
    best = baselines.sort_values("score", ascending=False).iloc[0]
    name, score = shown(best["encoder"]), f"({best['score']:z.3f})"
    low, high = _over(str(best["encoder"]), decision.chosen, differences)
    if high < 0:
        return f"{name.capitalize()}, the best model that is no encoder, does worse {score}, by {_by(low, high)}."
    if low > 0:
        said = f"{name.capitalize()} does better {score}, by {_by(low, high)}, and should be considered first."
    else:
        reach = f"between {-low:.3f} below and {high:.3f} above {shown(decision.chosen)}"
        said = f"No difference from {name} {score} could be shown: it is {reach}."
    if decision.best in {decision.chosen, WITHOUT_SEQUENCE}:
        return said
    return f"{said} {_of_the_best(decision, *_over(str(best['encoder']), decision.best, differences))}"


def _of_the_best(decision: Decision, low: float, high: float) -> str:
    """How the best encoder compares with the best baseline, which is so much better."""
    best = f"encoder that scores highest{_scope(decision)}, {_scored(decision, decision.best)}"
    if high < 0:
        return f"The {best}, does better than it, by {_by(low, high)}."
    if low > 0:
        return f"It does better than the {best}, too, by {_by(low, high)}."
    return f"From the {best}, no difference could be shown: it is between {-low:.3f} below and {high:.3f} above."


def _over(model: str, other: str, differences: pd.DataFrame) -> tuple[float, float]:
    """The interval of how much better ``model`` is."""
    pair = differences[(differences["encoder"] == model) & (differences["other"] == other)]
    return float(pair["low"].iloc[0]), float(pair["high"].iloc[0])


def _by(low: float, high: float) -> str:
    return f"{min(abs(low), abs(high)):.3f} to {max(abs(low), abs(high)):.3f}"
