"""Learned weighted average: picks events by their content, one by one."""

from sequence_learning.diagnosis.claims.claim import Arms, Claim, Evidence, Verdict, confirmed_if
from sequence_learning.diagnosis.parameters import ClaimsParameters
from sequence_learning.diagnosis.plan import Bench
from sequence_learning.parameters import Change

_APPROACH = "learned weighted average"


def _selects(bench: Bench, parameters: ClaimsParameters) -> Arms:
    task = bench.task("content_selected")
    one_head = Change(encoder={"n_heads": 1})
    return {
        "several heads": bench.trials(task, "learned_weighted_average"),
        "one head": bench.trials(task, "learned_weighted_average", one_head),
        "statistical aggregation": bench.trials(task, "statistical_aggregation"),
    }


def _judge_selects(evidence: Evidence) -> tuple[str, Verdict]:
    agreement = evidence.arms["one head"]["agreement"].mean()
    shown = f"{evidence.shown()}; correlation of one head's weights with the true ones {agreement:.3f}"
    return shown, confirmed_if(evidence.mean("several heads") > 95 and agreement > 0.95)


def _context(bench: Bench, parameters: ClaimsParameters) -> Arms:
    return {
        f"{task.replace('_', ' ')}, {encoder.replace('_', ' ')}": bench.trials(bench.task(task), encoder)
        for task in ("local_motif", "running_state", "long_range_pair")
        for encoder in ("learned_weighted_average", "gru" if task != "long_range_pair" else "transformer")
    }


def _judge_context(evidence: Evidence) -> tuple[str, Verdict]:
    means = [evidence.mean(arm) for arm in evidence.arms]
    gaps = [with_context - alone for alone, with_context in zip(means[::2], means[1::2], strict=True)]
    return evidence.shown(), confirmed_if(min(gaps) > 20)


SELECTS = Claim(
    _APPROACH,
    "picks the events that count, and its weights explain a prediction",
    "a target in which content decides what counts (content_selected)",
    _judge_selects,
    _selects,
)
ELEMENT_WISE = Claim(
    _APPROACH,
    "scores every event alone, so it sees neither order nor neighbours",
    "three tasks in which an event means something only beside others",
    _judge_context,
    _context,
)
