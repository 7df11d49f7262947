"""Transformer encoder: every event beside every other, at a price."""

from sequence_learning.diagnosis.claims.claim import Arms, Claim, Evidence, Verdict, by_cases
from sequence_learning.diagnosis.claims.rnn import memory, remembering
from sequence_learning.diagnosis.markdown import words
from sequence_learning.diagnosis.parameters import ClaimsParameters
from sequence_learning.diagnosis.plan import Bench

_APPROACH = "Transformer encoder"
_OWN = "transformer"
_OTHERS = ("gru", "lstm", "cnn", "state_space", "learned_weighted_average")
_MATRIX = "eight kinds"
#: Tasks and the models, theory's choice and one for all, beside which the Transformer is held.
_RIVALS = {
    "content_selected": ("learned_weighted_average", "gru"),
    "running_state": ("gru",),
    "local_motif": ("cnn", "gru"),
}


def _relates(bench: Bench, parameters: ClaimsParameters) -> Arms:
    alone = memory(bench, parameters, _OWN)
    return alone | {
        f"{_MATRIX}, {name}": trials
        for name, trials in bench.arms(bench.plain("long_range_pair"), _OWN, *_OTHERS).items()
    }


def _judge_relates(evidence: Evidence) -> tuple[str, Verdict]:
    arms = [remembering(_OWN, length) for length in evidence.parameters.long.lengths]
    return evidence.shown(), by_cases(evidence.mean(arm) > 90 for arm in (*arms, f"{_MATRIX}, {_OWN}"))


def _judge_quadratic(evidence: Evidence) -> tuple[str, Verdict]:
    timings = evidence.timings
    exponents = {name: timings.exponent(name, "prediction") for name in (_OWN, "gru", "cnn", "state_space")}
    shown = (
        f"from {timings.lengths[-2]} to {timings.lengths[-1]} steps, time grows as length to the power of "
        + ", ".join(f"{value:.2f} ({words(name)})" for name, value in exponents.items())
    )
    if exponents[_OWN] > 1.7:
        return shown, "confirmed"
    return shown, "depends" if exponents[_OWN] > exponents["gru"] + 0.2 else "not confirmed"


def _arm(task: str, encoder: str, n_rows: str | int) -> str:
    return f"{task}, {encoder}, {n_rows} rows"


def _data(bench: Bench, parameters: ClaimsParameters) -> Arms:
    rows, as_many_steps = bench.sized(parameters.few_rows)
    arms: Arms = {}
    for name, rivals in _RIVALS.items():
        task = bench.plain(name)
        for encoder in (_OWN, *rivals):
            arms[_arm(name, encoder, rows.train)] = bench.trials(task, encoder, as_many_steps, rows=rows)
            arms[_arm(name, encoder, "all")] = bench.trials(task, encoder)
    return arms


def _judge_data(evidence: Evidence) -> tuple[str, Verdict]:
    """With few rows it loses more of what it reaches with all than every rival, or all are not enough for it alone."""
    few = evidence.parameters.few_rows

    def hungry(task: str) -> bool:
        all_rows = {name: evidence.mean(_arm(task, name, "all")) for name in (_OWN, *_RIVALS[task])}
        lost = {name: all_rows[name] - evidence.mean(_arm(task, name, few)) for name in all_rows}
        starved = all_rows[_OWN] < 50 and all(all_rows[rival] > 90 for rival in _RIVALS[task])
        return starved or all(lost[_OWN] > lost[rival] + 10 for rival in _RIVALS[task])

    return evidence.shown(), by_cases(map(hungry, _RIVALS))


RELATES = Claim(
    _APPROACH,
    "relates events however far apart",
    "the newest event asks for the one of its kind in the older half (long_range_pair): one of two kinds at growing "
    "lengths, and one of eight kinds beside other models",
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
    "beside theory's choice and a GRU, on few training rows and on all",
    _judge_data,
    _data,
)
