"""Transformer encoder: every event beside every other, at a price."""

from sequence_learning.diagnosis.claims.claim import Arms, Claim, Evidence, Verdict, confirmed_if
from sequence_learning.diagnosis.parameters import ClaimsParameters
from sequence_learning.diagnosis.plan import Bench

_APPROACH = "Transformer encoder"


def _relates(bench: Bench, parameters: ClaimsParameters) -> Arms:
    task = bench.task("long_range_pair")
    names = ("transformer", "gru", "lstm", "cnn", "state_space", "learned_weighted_average")
    return {name.replace("_", " "): bench.trials(task, name) for name in names}


def _judge_relates(evidence: Evidence) -> tuple[str, Verdict]:
    own, *others = (evidence.mean(arm) for arm in evidence.arms)
    return evidence.shown(), confirmed_if(own > 90 and own > max(others) + 10)


def _judge_quadratic(evidence: Evidence) -> tuple[str, Verdict]:
    timings = evidence.timings
    exponents = {name: timings.exponent(name, "prediction") for name in ("transformer", "gru", "cnn", "state_space")}
    shown = (
        f"prediction time grows as length to the power of (from {timings.lengths[-2]} to {timings.lengths[-1]} steps) "
    )
    shown += ", ".join(f"{name.replace('_', ' ')} {value:.2f}" for name, value in exponents.items())
    own = exponents["transformer"]
    if own > 1.7:
        return shown, "confirmed"
    return shown, "depends" if own > exponents["gru"] + 0.2 else "not confirmed"


def _few_rows(bench: Bench, parameters: ClaimsParameters) -> Arms:
    rows, as_many_steps = bench.sized(parameters.few_rows)
    arms: Arms = {}
    for task, rival in (
        ("content_selected", "learned_weighted_average"),
        ("running_state", "gru"),
        ("local_motif", "cnn"),
    ):
        for encoder in ("transformer", rival):
            name = f"{task}, {encoder}".replace("_", " ")
            arms[f"{name}, {rows.train} rows"] = bench.trials(bench.task(task), encoder, as_many_steps, rows=rows)
            arms[f"{name}, {bench.diagnosis.rows.train} rows"] = bench.trials(bench.task(task), encoder)
    return arms


def _judge_data(evidence: Evidence) -> tuple[str, Verdict]:
    means = [evidence.mean(arm) for arm in evidence.arms]
    # Per task: Transformer on few and on many rows, then its rival on few and on many.
    behind = [rival - own > 10 for own, rival in zip(means[::4], means[2::4], strict=True)]
    return evidence.shown(), "confirmed" if all(behind) else "depends" if any(behind) else "not confirmed"


RELATES = Claim(
    _APPROACH,
    "relates events however far apart",
    "the newest event asks for the one of its kind in the older half (long_range_pair)",
    _judge_relates,
    _relates,
)
QUADRATIC = Claim(
    _APPROACH,
    "costs quadratically in length",
    "time of a prediction at growing lengths, one thread",
    _judge_quadratic,
)
DATA_HUNGRY = Claim(
    _APPROACH,
    "is data-hungry",
    "the model that theory names beside it, on few training rows and on all",
    _judge_data,
    _few_rows,
)
