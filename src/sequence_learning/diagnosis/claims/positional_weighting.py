"""Fixed and learned positional weighting: recency and profiles, whatever an event says."""

from sequence_learning.diagnosis.claims.claim import Arms, Claim, Evidence, Verdict, confirmed_if
from sequence_learning.diagnosis.parameters import ClaimsParameters
from sequence_learning.diagnosis.plan import Bench

_FIXED = "fixed positional weighting"
_LEARNED = "learned static positional weighting"


def _recency(bench: Bench, parameters: ClaimsParameters) -> Arms:
    rows, as_many_steps = bench.sized(parameters.few_rows)
    task = bench.task("linear_recency")
    names = ("fixed_positional_weighting", "learned_static_positional_weighting", "gru")
    arms = {name.replace("_", " "): bench.trials(task, name) for name in names}
    few = {
        f"{name.replace('_', ' ')} on {parameters.few_rows} rows": bench.trials(task, name, as_many_steps, rows=rows)
        for name in names
    }
    return arms | few


def _judge_recency(evidence: Evidence) -> tuple[str, Verdict]:
    many, few = (list(evidence.arms)[i : i + 3] for i in (0, 3))
    near = evidence.mean(many[0]) > max(map(evidence.mean, many)) - 2
    return evidence.shown(), confirmed_if(near and evidence.mean(few[0]) >= max(map(evidence.mean, few)))


def _other_decay(bench: Bench, parameters: ClaimsParameters) -> Arms:
    task = bench.task("exponential_recency")
    return {
        name.replace("_", " "): bench.trials(task, name) for name in ("fixed_positional_weighting", "learned_decay")
    }


def _judge_other_decay(evidence: Evidence) -> tuple[str, Verdict]:
    fixed, learned = map(evidence.mean, evidence.arms)
    return evidence.shown(), confirmed_if(fixed < learned - 5)


def _profile(bench: Bench, parameters: ClaimsParameters) -> Arms:
    task = bench.task("position_profile")
    names = ("learned_static_positional_weighting", "fixed_positional_weighting", "learned_decay")
    return {name.replace("_", " "): bench.trials(task, name) for name in names}


def _judge_profile(evidence: Evidence) -> tuple[str, Verdict]:
    agreement = evidence.arms[_LEARNED]["agreement"].mean()
    shown = f"{evidence.shown()}; correlation of learned with true weights {agreement:.3f}"
    return shown, confirmed_if(evidence.mean(_LEARNED) > 95 and agreement > 0.95)


def _static(bench: Bench, parameters: ClaimsParameters) -> Arms:
    task = bench.task("content_selected")
    names = ("learned_static_positional_weighting", "learned_weighted_average")
    return {name.replace("_", " "): bench.trials(task, name) for name in names}


def _judge_static(evidence: Evidence) -> tuple[str, Verdict]:
    static, adaptive = map(evidence.mean, evidence.arms)
    return evidence.shown(), confirmed_if(static < adaptive - 20)


RECENCY = Claim(
    _FIXED,
    "encodes recency without learning anything, and so from few rows",
    "a target that is a linearly weighted mean (linear_recency), on all and on few training rows",
    _judge_recency,
    _recency,
)
DECAY_MUST_BE_KNOWN = Claim(
    _FIXED,
    "has to be told how fast the past fades",
    "linear weights on a target that fades exponentially (exponential_recency)",
    _judge_other_decay,
    _other_decay,
)
FINDS_THE_PROFILE = Claim(
    _LEARNED,
    "finds the profile that the fixed form has to be told, and its weights can be read",
    "a target with a weight of its own for every position (position_profile)",
    _judge_profile,
    _profile,
)
STATIC = Claim(
    _LEARNED,
    "cannot adapt to what an event says",
    "a target in which content decides what counts (content_selected)",
    _judge_static,
    _static,
)
