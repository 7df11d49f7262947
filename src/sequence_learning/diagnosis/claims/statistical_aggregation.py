"""Statistical aggregation: enough for totals, blind to order, at the mercy of outliers."""

from sequence_learning.diagnosis.claims.claim import Arms, Claim, Evidence, Verdict, confirmed_if
from sequence_learning.diagnosis.markdown import words
from sequence_learning.diagnosis.matrix import CLOSE, ENOUGH, VISIBLE, bounds_without_order
from sequence_learning.diagnosis.parameters import ClaimsParameters
from sequence_learning.diagnosis.plan import Bench
from sequence_learning.parameters import Change

_APPROACH = "statistical aggregation"
_OWN = "statistical_aggregation"
_RIVALS = ("gru", "transformer")
_ORDERED = ("linear_recency", "running_state", "local_motif")
_STATISTICS = {
    "maximum": {"statistics": ["max"]},
    "sum": {"statistics": ["sum"]},
    "mean": {"statistics": ["mean"]},
    "median": {"statistics": [], "quantiles": [0.5]},
}


def _totals(bench: Bench, parameters: ClaimsParameters) -> Arms:
    return bench.arms(bench.plain("order_free"), _OWN, *_RIVALS)


def _judge_totals(evidence: Evidence) -> tuple[str, Verdict]:
    seconds = {arm: evidence.mean(arm, "fit_seconds") for arm in (_OWN, *_RIVALS)}
    shown = "; ".join(f"{evidence.shown(arm)} in {seconds[arm]:.0f} s" for arm in seconds)
    near = evidence.mean(_OWN) >= max(ENOUGH, max(map(evidence.mean, _RIVALS)) - CLOSE)
    return shown, confirmed_if(near and seconds[_OWN] < min(seconds[rival] for rival in _RIVALS))


def _ordered(bench: Bench, parameters: ClaimsParameters) -> Arms:
    return {
        f"{name}, {encoder}": bench.trials(bench.plain(name), encoder) for name in _ORDERED for encoder in (_OWN, "gru")
    }


def _judge_order(evidence: Evidence) -> tuple[str, Verdict]:
    """No better than anything blind to order can be, where a model that sees it is."""
    shown, blind = [], []
    for name in _ORDERED:
        own, ordered = f"{name}, {_OWN}", f"{name}, gru"
        (bound,) = bounds_without_order(evidence.arms[own]).values()
        shown.append(
            f"{evidence.shown(own)} (at most {bound:.1f}% is possible without order), {evidence.shown(ordered)}"
        )
        blind.append(evidence.mean(own) < bound + CLOSE and evidence.mean(ordered) > bound + VISIBLE)
    return "; ".join(shown), confirmed_if(all(blind))


def _outliers(bench: Bench, parameters: ClaimsParameters) -> Arms:
    task, outlier = bench.plain("order_free"), parameters.outlier
    alone = {
        name: bench.trials(task, _OWN, Change(encoder=options), outlier=outlier)
        for name, options in _STATISTICS.items()
    }
    return alone | {"gru": bench.trials(task, "gru", outlier=outlier)}


def _judge_outliers(evidence: Evidence) -> tuple[str, Verdict]:
    """How many times larger errors become; each statistic against its own, since alone it knows but a part."""

    def left(arm: str, column: str) -> float:
        return float((1 - evidence.arms[arm][column]).mean())

    grown = {arm: (left(arm, "score_with_outliers") / left(arm, "score")) ** 0.5 for arm in evidence.arms}
    shown = "root mean squared error grows " + ", ".join(
        f"{words(arm)} {times:.1f}-fold" for arm, times in grown.items()
    )
    follows = min(grown["maximum"], grown["sum"])
    if follows < max(1.5, 1.5 * grown["median"]):
        return shown, "not confirmed"
    return shown, "depends" if grown["gru"] > follows else "confirmed"


TOTALS = Claim(
    _APPROACH,
    "is a hard baseline where only totals matter, and trains in seconds",
    "a target made of mean, maximum and sum (order_free)",
    _judge_totals,
    _totals,
)
ORDER_IGNORED = Claim(
    _APPROACH,
    "is blind to order",
    "three tasks in which order matters, held against the best that is possible without it",
    _judge_order,
    _ordered,
)
OUTLIERS = Claim(
    _APPROACH,
    "is sensitive to outliers: max and sum follow a single one",
    "single statistics on order_free; in each test sequence one event reads a huge number, unlike any in training and "
    "clipped by scaling",
    _judge_outliers,
    _outliers,
)
