"""1D CNN: patterns anywhere, as long as they fit its receptive field."""

from sequence_learning.diagnosis.claims.claim import Arms, Claim, Evidence, Verdict, confirmed_if
from sequence_learning.diagnosis.matrix import ENOUGH, VISIBLE, bounds_without_order
from sequence_learning.diagnosis.parameters import ClaimsParameters
from sequence_learning.diagnosis.plan import Bench
from sequence_learning.parameters import Change

_APPROACH = "1D CNN"
_OTHERS = ("statistical_aggregation", "learned_decay", "learned_weighted_average")
_KINDS = 5


def _patterns(bench: Bench, parameters: ClaimsParameters) -> Arms:
    return bench.arms(bench.plain("local_motif"), "cnn", *_OTHERS)


def _judge_patterns(evidence: Evidence) -> tuple[str, Verdict]:
    return evidence.shown(), confirmed_if(evidence.mean("cnn") >= ENOUGH and max(map(evidence.mean, _OTHERS)) < 50)


def _arm(field: int, span: int) -> str:
    return f"sees {field}, spans {span}"


def _fields(bench: Bench, parameters: ClaimsParameters) -> Arms:
    """One layer of convolutions, whose receptive field is its kernel, on two events that lie as far apart.

    A narrower field sees either event but never both.
    """
    arms: Arms = {}
    for field in parameters.receptive_fields:
        one_layer = Change(encoder={"block": "plain", "n_layers": 1, "kernel_size": field, "channels": 64})
        for span in parameters.receptive_fields:
            task = bench.plain("local_motif", n_kinds=_KINDS, motif=(0, 1), spacing=span - 1)
            arms[_arm(field, span)] = bench.trials(task, "cnn", one_layer)
    return arms


def _judge_fields(evidence: Evidence) -> tuple[str, Verdict]:
    """Too narrow a field finds no more than counting does, one that is wide enough much more."""
    fields = evidence.parameters.receptive_fields
    pairs = [(field, span) for field in fields for span in fields]
    wide = [evidence.mean(_arm(field, span)) for field, span in pairs if field >= span]
    narrow = [evidence.mean(_arm(field, span)) for field, span in pairs if field < span]
    tasks = [evidence.arms[_arm(fields[0], span)] for span in fields]  # the same whatever field looks at them
    bounds = [bound for rows in tasks for bound in bounds_without_order(rows).values()]
    shown = (
        f"field at least as wide as the pattern: {min(wide):.1f} to {max(wide):.1f}%; narrower: {min(narrow):.1f} to "
        f"{max(narrow):.1f}% (without order {max(bounds):.1f}% is the most)"
    )
    return shown, confirmed_if(min(wide) > max(bounds) + 20 and max(narrow) < max(bounds) + VISIBLE)


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
    "one layer of several widths, on patterns of two events that lie as far apart",
    _judge_fields,
    _fields,
)
