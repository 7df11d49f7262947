"""RNN: a state that is carried along, one step after the other."""

from collections.abc import Callable

from sequence_learning.diagnosis.claims.claim import Arms, Claim, Evidence, Verdict, by_cases, confirmed_if
from sequence_learning.diagnosis.matrix import CLOSE, ENOUGH
from sequence_learning.diagnosis.parameters import ClaimsParameters
from sequence_learning.diagnosis.plan import Bench
from sequence_learning.diagnosis.trial import Trial

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
    return f"recall, {encoder}, {length} steps"


def memory(bench: Bench, parameters: ClaimsParameters, *encoders: str) -> Arms:
    """One reading to be kept for at least half of a sequence of fixed length; with two kinds it stands out."""
    return {
        remembering(encoder, length): _long(bench, parameters, "long_range_pair", encoder, length, n_kinds=2)
        for encoder in encoders
        for length in parameters.long.lengths
    }


def _summing(encoder: str, length: int) -> str:
    return f"running sum, {encoder}, {length} steps"


def _long(
    bench: Bench, parameters: ClaimsParameters, name: str, encoder: str, length: int, **options: float
) -> list[Trial]:
    task = bench.plain(name, min_length=length, max_length=length, **options)
    return bench.trials(task, encoder, parameters.long.change, rows=parameters.long.rows)


def _memory(bench: Bench, parameters: ClaimsParameters) -> Arms:
    sums = {
        _summing(rnn, length): _long(bench, parameters, "running_state", rnn, length, reset_share=2 / length)
        for rnn in _RNNS
        for length in parameters.long.lengths
    }
    return memory(bench, parameters, *_RNNS, "transformer") | sums


def _judge_memory(evidence: Evidence) -> tuple[str, Verdict]:
    """From a good start it loses with length, in recall more than a Transformer does."""
    shortest, *_, longest = evidence.parameters.long.lengths

    def lost(arm: Callable[[str, int], str], encoder: str) -> float:
        return evidence.mean(arm(encoder, shortest)) - evidence.mean(arm(encoder, longest))

    spared = max(0.0, lost(remembering, "transformer"))
    cases = [
        evidence.mean(arm(rnn, shortest)) > 80 and lost(arm, rnn) > 10 + more
        for arm, more in ((remembering, spared), (_summing, 0.0))
        for rnn in _RNNS
    ]
    return evidence.shown(), by_cases(cases)


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
    "sequences that grow longer: one reading to be recalled over at least half of each (long_range_pair with two "
    "kinds), and a sum that is reset twice in each (running_state)",
    _judge_memory,
    _memory,
)
