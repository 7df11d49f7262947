"""Learned weighted average: picks events by their content, one by one."""

from sequence_learning.diagnosis.claims.claim import Arms, Claim, Evidence, Verdict, confirmed_if
from sequence_learning.diagnosis.matrix import ENOUGH
from sequence_learning.diagnosis.parameters import ClaimsParameters
from sequence_learning.diagnosis.plan import Bench
from sequence_learning.parameters import Change

_APPROACH = "learned weighted average"
_OWN = "learned_weighted_average"
_ONE_HEAD = "one head"
#: Tasks in which an event means something only beside others, and a model that sees them so.
_IN_CONTEXT = {"local_motif": "gru", "running_state": "gru", "long_range_pair": "transformer"}


def _selects(bench: Bench, parameters: ClaimsParameters) -> Arms:
    task = bench.plain("content_selected")
    one_head = {_ONE_HEAD: bench.trials(task, _OWN, Change(encoder={"n_heads": 1}))}
    return bench.arms(task, _OWN) | one_head | bench.arms(task, "statistical_aggregation")


def _judge_selects(evidence: Evidence) -> tuple[str, Verdict]:
    agreement = evidence.mean(_ONE_HEAD, "agreement")
    shown = f"{evidence.shown()}; correlation of one head's weights with the true ones {agreement:.3f}"
    return shown, confirmed_if(evidence.mean(_OWN) >= ENOUGH and agreement > 0.95)


def _context(bench: Bench, parameters: ClaimsParameters) -> Arms:
    return {
        f"{task}, {encoder}": bench.trials(bench.plain(task), encoder)
        for task, able in _IN_CONTEXT.items()
        for encoder in (_OWN, able)
    }


def _judge_context(evidence: Evidence) -> tuple[str, Verdict]:
    gaps = [evidence.mean(f"{task}, {able}") - evidence.mean(f"{task}, {_OWN}") for task, able in _IN_CONTEXT.items()]
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
