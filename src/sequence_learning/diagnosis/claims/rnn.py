"""RNN: a state that is carried along, one step after the other."""

from sequence_learning.diagnosis.claims.claim import Arms, Claim, Evidence, Verdict, by_cases, confirmed_if
from sequence_learning.diagnosis.matrix import CLOSE, ENOUGH
from sequence_learning.diagnosis.parameters import ClaimsParameters
from sequence_learning.diagnosis.plan import Bench

_APPROACH = "RNN"
_RNNS = ("gru", "lstm")
_PARALLEL = ("cnn", "transformer")


def _counts(bench: Bench, parameters: ClaimsParameters) -> Arms:
    return bench.arms(bench.plain("running_state"), *_RNNS, "learned_decay", "transformer")


def _judge_counts(evidence: Evidence) -> tuple[str, Verdict]:
    own = [evidence.mean(name) for name in _RNNS]
    return evidence.shown(), confirmed_if(
        min(own) >= ENOUGH and max(map(evidence.mean, evidence.arms)) < max(own) + CLOSE
    )


def _judge_slow(evidence: Evidence) -> tuple[str, Verdict]:
    """Half as slow again as what runs in parallel over steps, at the longest length."""
    timings = evidence.timings
    step = {name: timings.milliseconds(name, "training", timings.lengths[-1]) for name in (*_RNNS, *_PARALLEL)}
    shown = f"{timings.batch_size} sequences of {timings.lengths[-1]} steps: " + ", ".join(
        f"{name} {value:.0f} ms" for name, value in step.items()
    )
    return shown, by_cases(step[rnn] > 1.5 * step[other] for rnn in _RNNS for other in _PARALLEL)


def remembering(encoder: str, length: int) -> str:
    """The name of the arm in which one reading is to be kept over at least half of ``length`` steps."""
    return f"{encoder}, {length} steps"


def memory(bench: Bench, parameters: ClaimsParameters, *encoders: str) -> Arms:
    """One reading to be kept for at least half of a sequence of fixed length; with two kinds it stands out."""
    long = parameters.long
    return {
        remembering(encoder, length): bench.trials(
            bench.plain("long_range_pair", n_kinds=2, min_length=length, max_length=length),
            encoder,
            long.change,
            rows=long.rows,
        )
        for encoder in encoders
        for length in long.lengths
    }


def _memory(bench: Bench, parameters: ClaimsParameters) -> Arms:
    return memory(bench, parameters, *_RNNS, "transformer")


def _judge_memory(evidence: Evidence) -> tuple[str, Verdict]:
    """From a good start it loses more with length than a Transformer does."""
    shortest, *_, longest = evidence.parameters.long.lengths
    start = {name: evidence.mean(remembering(name, shortest)) for name in (*_RNNS, "transformer")}
    lost = {name: start[name] - evidence.mean(remembering(name, longest)) for name in start}
    return evidence.shown(), by_cases(
        start[rnn] > 80 and lost[rnn] > max(10, lost["transformer"] + 10) for rnn in _RNNS
    )


COUNTS = Claim(
    _APPROACH,
    "counts, and keeps order and recency, by nature",
    "a sum that is reset now and then (running_state)",
    _judge_counts,
    _counts,
)
SLOW = Claim(
    _APPROACH,
    "is slow: one step comes after the other",
    "a training step on one CPU thread, beside models of about the same size that run in parallel over steps",
    _judge_slow,
)
FORGETS = Claim(
    _APPROACH,
    "struggles with very long sequences",
    "one reading to be remembered over at least half of sequences that grow longer (long_range_pair with two kinds)",
    _judge_memory,
    _memory,
)
