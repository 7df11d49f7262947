"""Fixed and learned positional weighting: recency and profiles, whatever an event says."""

from sequence_learning.diagnosis.claims.claim import Arms, Claim, Evidence, Verdict, confirmed_if
from sequence_learning.diagnosis.matrix import CLOSE, ENOUGH, VISIBLE
from sequence_learning.diagnosis.parameters import ClaimsParameters
from sequence_learning.diagnosis.plan import Bench
from sequence_learning.parameters import Change

_FIXED, _LEARNED = "fixed_positional_weighting", "learned_static_positional_weighting"
_RECENT = (_FIXED, _LEARNED, "gru")
_HALF_LIFE = 4.0
_TOLD = {"told": _HALF_LIFE, "told a quarter": _HALF_LIFE / 4, "told four times as much": _HALF_LIFE * 4}


def _few(encoder: str, parameters: ClaimsParameters) -> str:
    return f"{encoder} on {parameters.few_rows} rows"


def _recency(bench: Bench, parameters: ClaimsParameters) -> Arms:
    task = bench.plain("linear_recency")
    rows, as_many_steps = bench.sized(parameters.few_rows)
    few = {_few(name, parameters): bench.trials(task, name, as_many_steps, rows=rows) for name in _RECENT}
    return bench.arms(task, *_RECENT) | few


def _judge_recency(evidence: Evidence) -> tuple[str, Verdict]:
    few = {name: evidence.mean(_few(name, evidence.parameters)) for name in _RECENT}
    near = evidence.mean(_FIXED) > max(map(evidence.mean, _RECENT)) - CLOSE
    return evidence.shown(), confirmed_if(near and few[_FIXED] == max(few.values()))


def _decay(bench: Bench, parameters: ClaimsParameters) -> Arms:
    task = bench.plain("exponential_recency", half_lives=(_HALF_LIFE, _HALF_LIFE))
    told = {
        name: bench.trials(task, _FIXED, Change(encoder={"decay": "exponential", "half_life": half_life}))
        for name, half_life in _TOLD.items()
    }
    return told | bench.arms(task, "learned_decay")


def _judge_decay(evidence: Evidence) -> tuple[str, Verdict]:
    right, *wrong = (evidence.mean(name) for name in _TOLD)
    near = right > evidence.mean("learned_decay") - CLOSE
    return evidence.shown(), confirmed_if(near and max(wrong) < right - VISIBLE)


def _profile(bench: Bench, parameters: ClaimsParameters) -> Arms:
    return bench.arms(bench.plain("position_profile"), _LEARNED, _FIXED, "learned_decay")


def _judge_profile(evidence: Evidence) -> tuple[str, Verdict]:
    agreement = evidence.mean(_LEARNED, "agreement")
    shown = f"{evidence.shown()}; correlation of learned with true weights {agreement:.3f}"
    return shown, confirmed_if(evidence.mean(_LEARNED) >= ENOUGH and agreement > 0.95)


def _one_profile(bench: Bench, parameters: ClaimsParameters) -> Arms:
    return bench.arms(bench.plain("exponential_recency"), _LEARNED, "learned_decay")


def _judge_one_profile(evidence: Evidence) -> tuple[str, Verdict]:
    return evidence.shown(), confirmed_if(evidence.mean(_LEARNED) < evidence.mean("learned_decay") - VISIBLE)


def _static(bench: Bench, parameters: ClaimsParameters) -> Arms:
    return bench.arms(bench.plain("content_selected"), _LEARNED, "learned_weighted_average")


def _judge_static(evidence: Evidence) -> tuple[str, Verdict]:
    return evidence.shown(), confirmed_if(evidence.mean(_LEARNED) < evidence.mean("learned_weighted_average") - 20)


RECENCY = Claim(
    "fixed positional weighting",
    "encodes recency without learning anything, and so from few rows",
    "a target that is a linearly weighted mean (linear_recency), on all and on few training rows",
    _judge_recency,
    _recency,
)
DECAY_MUST_BE_KNOWN = Claim(
    "fixed positional weighting",
    "has to be told how fast the past fades",
    f"a half-life of {_HALF_LIFE:g} steps (exponential_recency), told rightly and wrongly",
    _judge_decay,
    _decay,
)
FINDS_THE_PROFILE = Claim(
    "learned static positional weighting",
    "finds the profile that the fixed form has to be told, and its weights can be read",
    "a target with a weight of its own for every position (position_profile)",
    _judge_profile,
    _profile,
)
ONE_PROFILE = Claim(
    "learned static positional weighting",
    "has one profile for all channels",
    "two channels that fade at different speeds (exponential_recency)",
    _judge_one_profile,
    _one_profile,
)
STATIC = Claim(
    "learned static positional weighting",
    "cannot adapt to what an event says",
    "a target in which content decides what counts (content_selected)",
    _judge_static,
    _static,
)
