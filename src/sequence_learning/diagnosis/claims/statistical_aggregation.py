"""Statistical aggregation: enough for totals, blind to order, at the mercy of outliers."""

from sequence_learning.diagnosis.claims.claim import Arms, Claim, Evidence, Verdict, confirmed_if
from sequence_learning.diagnosis.matrix import bounds_without_order
from sequence_learning.diagnosis.parameters import ClaimsParameters
from sequence_learning.diagnosis.plan import Bench
from sequence_learning.parameters import Change

_APPROACH = "statistical aggregation"
_ORDERED = ("linear_recency", "running_state", "local_motif")
_QUARTILES = Change(encoder={"statistics": ["mean"], "quantiles": [0.25, 0.5, 0.75]})


def _totals(bench: Bench, parameters: ClaimsParameters) -> Arms:
    task = bench.task("order_free")
    return {
        name.replace("_", " "): bench.trials(task, name) for name in ("statistical_aggregation", "gru", "transformer")
    }


def _judge_totals(evidence: Evidence) -> tuple[str, Verdict]:
    seconds = {arm: float(rows["fit_seconds"].mean()) for arm, rows in evidence.arms.items()}
    shown = "; ".join(f"{arm} {evidence.mean(arm):.1f}% in {seconds[arm]:.0f} s" for arm in seconds)
    own, *others = seconds
    best = max(evidence.mean(arm) for arm in others)
    quickest = min(seconds[arm] for arm in others)
    return shown, confirmed_if(evidence.mean(own) > best - 2 and seconds[own] < quickest)


def _ordered(bench: Bench, parameters: ClaimsParameters) -> Arms:
    return {name: bench.trials(bench.task(name), "statistical_aggregation") for name in _ORDERED}


def _judge_order(evidence: Evidence) -> tuple[str, Verdict]:
    shown, within = [], []
    for name in evidence.arms:
        (bound,) = bounds_without_order(evidence.arms[name]).values()
        shown.append(f"{name.replace('_', ' ')} {evidence.mean(name):.1f}% (without order {bound:.1f}% is the most)")
        within.append(evidence.mean(name) < bound + 2)
    return "; ".join(shown), confirmed_if(all(within))


def _outliers(bench: Bench, parameters: ClaimsParameters) -> Arms:
    task, outlier = bench.task("order_free"), parameters.outlier
    return {
        "mean, max, sum": bench.trials(task, "statistical_aggregation", outlier=outlier),
        "mean alone": bench.trials(
            task, "statistical_aggregation", Change(encoder={"statistics": ["mean"]}), outlier=outlier
        ),
        "median alone": bench.trials(
            task, "statistical_aggregation", Change(encoder={"statistics": [], "quantiles": [0.5]}), outlier=outlier
        ),
        "gru": bench.trials(task, "gru", outlier=outlier),
    }


def _judge_outliers(evidence: Evidence) -> tuple[str, Verdict]:
    clean = {arm: float(rows["score"].mean()) for arm, rows in evidence.arms.items()}
    spoilt = {arm: float(rows["score_with_outliers"].mean()) for arm, rows in evidence.arms.items()}
    shown = "; ".join(f"{arm}: R² {clean[arm]:.2f} → {spoilt[arm]:.2f}" for arm in clean)
    lost = {arm: clean[arm] - spoilt[arm] for arm in clean}
    return shown, confirmed_if(lost["mean, max, sum"] > 0.1 and lost["mean, max, sum"] > 2 * lost["median alone"])


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
    "order_free; in each test sequence one reading is replaced by a huge one, which training never saw",
    _judge_outliers,
    _outliers,
)
