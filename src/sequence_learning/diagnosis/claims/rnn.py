"""RNN: a state that is carried along, one step after the other."""

from sequence_learning.diagnosis.claims.claim import Arms, Claim, Evidence, Verdict, confirmed_if
from sequence_learning.diagnosis.parameters import ClaimsParameters
from sequence_learning.diagnosis.plan import Bench

_APPROACH = "RNN"


def _counts(bench: Bench, parameters: ClaimsParameters) -> Arms:
    task = bench.task("running_state")
    return {
        name.replace("_", " "): bench.trials(task, name) for name in ("gru", "lstm", "learned_decay", "transformer")
    }


def _judge_counts(evidence: Evidence) -> tuple[str, Verdict]:
    means = [evidence.mean(arm) for arm in evidence.arms]
    return evidence.shown(), confirmed_if(min(means[:2]) > 95 and max(means) < max(means[:2]) + 2)


def _judge_slow(evidence: Evidence) -> tuple[str, Verdict]:
    timings, longest = evidence.timings, evidence.timings.lengths[-1]
    step = {name: timings.milliseconds(name, "training", longest) for name in ("gru", "lstm", "cnn", "transformer")}
    shown = f"one training step on one thread, {timings.batch_size} sequences of {longest} steps: " + ", ".join(
        f"{name} {value:.0f} ms" for name, value in step.items()
    )
    slower = [step[name] > step["cnn"] for name in ("gru", "lstm")]
    return shown, "confirmed" if all(slower) else "depends" if any(slower) else "not confirmed"


def _memory(bench: Bench, parameters: ClaimsParameters) -> Arms:
    """One reading to be kept for at least half of a sequence of fixed length; with two kinds it stands out."""
    long = parameters.long
    return {
        f"{encoder}, {length} steps": bench.trials(
            bench.task("long_range_pair", n_kinds=2, min_length=length, max_length=length),
            encoder,
            long.change,
            rows=long.rows,
        )
        for encoder in ("gru", "lstm", "transformer")
        for length in long.lengths
    }


def _judge_memory(evidence: Evidence) -> tuple[str, Verdict]:
    arms = list(evidence.arms)
    n = len(arms) // 3
    lost = [evidence.mean(arms[i * n]) - evidence.mean(arms[(i + 1) * n - 1]) for i in (0, 1)]
    forgets = [loss > 10 for loss in lost]
    return evidence.shown(), "confirmed" if all(forgets) else "depends" if any(forgets) else "not confirmed"


COUNTS = Claim(
    _APPROACH,
    "counts, and keeps order and recency, by nature",
    "a sum that is reset now and then (running_state)",
    _judge_counts,
    _counts,
)
SLOW = Claim(
    _APPROACH,
    "is slow, because steps cannot run in parallel",
    "time of a training step beside a CNN's of about the same size",
    _judge_slow,
)
FORGETS = Claim(
    _APPROACH,
    "struggles with very long sequences",
    "one reading to be remembered over at least half of sequences that grow longer (long_range_pair with two kinds)",
    _judge_memory,
    _memory,
)
