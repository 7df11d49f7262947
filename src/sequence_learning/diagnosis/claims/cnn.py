"""1D CNN: patterns anywhere, as long as they fit its receptive field."""

from sequence_learning.diagnosis.claims.claim import Arms, Claim, Evidence, Verdict, confirmed_if
from sequence_learning.diagnosis.parameters import ClaimsParameters
from sequence_learning.diagnosis.plan import Bench
from sequence_learning.parameters import Change

_APPROACH = "1D CNN"


def _patterns(bench: Bench, parameters: ClaimsParameters) -> Arms:
    task = bench.task("local_motif")
    names = ("cnn", "statistical_aggregation", "learned_decay", "learned_weighted_average")
    return {name.replace("_", " "): bench.trials(task, name) for name in names}


def _judge_patterns(evidence: Evidence) -> tuple[str, Verdict]:
    own, *others = (evidence.mean(arm) for arm in evidence.arms)
    return evidence.shown(), confirmed_if(own > 95 and max(others) < 50)


def _fields(bench: Bench, parameters: ClaimsParameters) -> Arms:
    """One layer of convolutions, whose receptive field is its kernel, on a motif of three events that spans as much."""
    arms: Arms = {}
    for field in parameters.receptive_fields:
        one_layer = Change(encoder={"block": "plain", "n_layers": 1, "kernel_size": field, "channels": 64})
        for span in parameters.receptive_fields:
            task = bench.task("local_motif", spacing=(span - 1) // 2)
            arms[f"sees {field}, spans {span}"] = bench.trials(task, "cnn", one_layer)
    return arms


def _judge_fields(evidence: Evidence) -> tuple[str, Verdict]:
    enough: list[float] = []
    too_small: list[float] = []
    for arm in evidence.arms:
        field, span = (int(word) for word in arm.replace(",", "").split() if word.isdigit())
        (enough if field >= span else too_small).append(evidence.mean(arm))
    shown = (
        f"field at least as wide as the pattern: {min(enough):.1f} to {max(enough):.1f}%; "
        f"narrower: {min(too_small):.1f} to {max(too_small):.1f}%"
    )
    return shown, confirmed_if(min(enough) > 80 and max(too_small) < 50)


FINDS_PATTERNS = Claim(
    _APPROACH,
    "finds short local patterns wherever they occur",
    "whether three kinds of event follow each other somewhere (local_motif)",
    _judge_patterns,
    _patterns,
)
RECEPTIVE_FIELD = Claim(
    _APPROACH,
    "sees no further than its receptive field",
    "one layer of several widths, on patterns of three events that span as much",
    _judge_fields,
    _fields,
)
