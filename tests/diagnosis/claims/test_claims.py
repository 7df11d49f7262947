"""Every claim can be confirmed and can fail, on evidence that is made up."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pandas as pd
import pytest

from sequence_learning.diagnosis.claims import CLAIMS
from sequence_learning.diagnosis.claims.attention import ELEMENT_WISE, SELECTS
from sequence_learning.diagnosis.claims.check import plan_claims
from sequence_learning.diagnosis.claims.claim import Arms, Claim, Evidence
from sequence_learning.diagnosis.claims.cnn import FINDS_PATTERNS, RECEPTIVE_FIELD
from sequence_learning.diagnosis.claims.positional_weighting import (
    DECAY_MUST_BE_KNOWN,
    FINDS_THE_PROFILE,
    RECENCY,
    STATIC,
)
from sequence_learning.diagnosis.claims.rnn import COUNTS, FORGETS, SLOW
from sequence_learning.diagnosis.claims.statistical_aggregation import (
    ORDER_IGNORED,
    OUTLIERS,
    TOTALS,
    blind_to_order,
)
from sequence_learning.diagnosis.claims.transformer import DATA_HUNGRY, QUADRATIC, RELATES
from sequence_learning.diagnosis.parameters import ClaimsParameters
from sequence_learning.diagnosis.timing import Timings
from sequence_learning.tasks.parameters import TaskParameters
from tests.diagnosis.small import shipped_bench


@pytest.fixture(scope="module")
def plan() -> dict[str, Arms]:
    """The arms of each claim, as shipped."""
    bench, parameters = shipped_bench("base")
    return plan_claims(bench, ClaimsParameters.model_validate(parameters["claims"]))


@dataclass(frozen=True)
class Case:
    """Made-up results: percent of the attainable and other columns, an entry per arm in the order of the plan."""

    claim: Claim
    attained: Sequence[float] = ()
    verdict: str = "confirmed"
    shown: Sequence[str] = ()
    columns: dict[str, Sequence[float]] = field(default_factory=dict)
    #: ``encoder -> milliseconds`` at 100 and at 200 steps, of either mode.
    times: dict[str, tuple[float, float]] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.claim.statement[:30]}... {self.verdict}"

    def evidence(self, arms: Arms) -> Evidence:
        # Two seeds, whose mean is the number.
        tables = {}
        for i, (name, trials) in enumerate(arms.items()):
            center = self.attained[i] if self.attained else float("nan")
            columns = {column: values[i] for column, values in self.columns.items()}
            small = trials[0].task.model_dump() | {"num_samples": 400}
            options = TaskParameters.model_validate(small).model_dump_json()
            tables[name] = pd.DataFrame({"attained": [center - 0.5, center + 0.5]}).assign(
                task_options=options, **columns
            )
        rows = [
            (name, mode, length, milliseconds)
            for name, both in self.times.items()
            for mode in ("prediction", "training")
            for length, milliseconds in zip((100, 200), both, strict=True)
        ]
        return Evidence(tables, Timings(pd.DataFrame(rows, columns=["encoder", "mode", "length", "milliseconds"]), 8))


SECONDS = {"fit_seconds": [1.0, 5.0, 9.0]}
CLEAN = {"score": [0.9, 0.9, 0.9, 0.9]}

CASES = [
    # Statistical aggregation, then others.
    Case(TOTALS, [97, 98, 90], shown=["97.0% in 1 s", "98.0% in 5 s", "90.0% in 9 s"], columns=SECONDS),
    Case(TOTALS, [95.9, 98, 90], "not confirmed", columns=SECONDS),
    Case(TOTALS, [97, 90, 99.1], "not confirmed", columns=SECONDS),
    Case(TOTALS, [97, 98, 90], "not confirmed", columns={"fit_seconds": [5.1, 5.0, 9.0]}),
    Case(ORDER_IGNORED, [0.5, 1.5, 2.5], shown=["0.5%", "1.5%", "2.5%", "without order"]),
    Case(ORDER_IGNORED, [0, 0, 99], "not confirmed"),
    Case(ORDER_IGNORED, [99, 0, 0], "not confirmed"),
    # Mean, max, sum; mean alone; median alone; GRU.
    Case(
        OUTLIERS,
        shown=["R² 0.90 → 0.20", "R² 0.90 → 0.75"],
        columns=CLEAN | {"score_with_outliers": [0.2, 0.7, 0.75, 0.6]},
    ),
    Case(OUTLIERS, verdict="not confirmed", columns=CLEAN | {"score_with_outliers": [0.81, 0.8, 0.9, 0.6]}),
    Case(OUTLIERS, verdict="not confirmed", columns=CLEAN | {"score_with_outliers": [0.2, 0.7, 0.5, 0.6]}),
    # Fixed, learned, GRU on all rows; the same on few.
    Case(RECENCY, [97, 98, 96, 90, 80, 70], shown=["97.0% ± 6.4", "90.0% ± 6.4", "on 300 rows"]),
    Case(RECENCY, [95.9, 98, 96, 90, 80, 70], "not confirmed"),
    Case(RECENCY, [97, 98, 96, 80, 80.1, 70], "not confirmed"),
    Case(RECENCY, [97, 98, 96, 80, 70, 80.1], "not confirmed"),
    Case(DECAY_MUST_BE_KNOWN, [80, 99], shown=["80.0%", "99.0%"]),
    Case(DECAY_MUST_BE_KNOWN, [94.1, 99], "not confirmed"),
    # Learned, fixed, decay.
    Case(
        FINDS_THE_PROFILE,
        [96, 50, 40],
        shown=["96.0%", "50.0%", "40.0%", "0.960"],
        columns={"agreement": [0.96, float("nan"), float("nan")]},
    ),
    Case(FINDS_THE_PROFILE, [96, 50, 40], "not confirmed", columns={"agreement": [0.94, 1, 1]}),
    Case(FINDS_THE_PROFILE, [94, 99, 40], "not confirmed", columns={"agreement": [0.96, 1, 1]}),
    Case(STATIC, [50, 98], shown=["50.0%", "98.0%"]),
    Case(STATIC, [79, 98], "not confirmed"),
    # Several heads, one head, statistics.
    Case(
        SELECTS,
        [96, 90, 40],
        shown=["96.0%", "90.0%", "40.0%", "0.960"],
        columns={"agreement": [float("nan"), 0.96, float("nan")]},
    ),
    Case(SELECTS, [96, 99, 40], "not confirmed", columns={"agreement": [1, 0.94, 1]}),
    Case(SELECTS, [94, 99, 99], "not confirmed", columns={"agreement": [1, 0.96, 1]}),
    # Alone and with context, on each of three tasks.
    Case(ELEMENT_WISE, [40, 99, 30, 98, 10, 60], shown=["40.0%", "99.0%", "30.0%", "98.0%", "10.0%", "60.0%"]),
    Case(ELEMENT_WISE, [80, 99, 30, 98, 10, 60], "not confirmed"),
    Case(ELEMENT_WISE, [40, 99, 30, 98, 10, 29], "not confirmed"),
    # The CNN, then three that see no neighbours.
    Case(FINDS_PATTERNS, [96, 30, 20, 49], shown=["96.0%", "30.0%", "20.0%", "49.0%"]),
    Case(FINDS_PATTERNS, [94, 30, 20, 49], "not confirmed"),
    Case(FINDS_PATTERNS, [96, 30, 51, 49], "not confirmed"),
    # Sees 3, 5, 9; each on spans of 3, 5, 9.
    Case(RECEPTIVE_FIELD, [95, 20, 21, 94, 93, 22, 92, 91, 90], shown=["90.0 to 95.0%", "20.0 to 22.0%"]),
    Case(RECEPTIVE_FIELD, [95, 20, 51, 94, 93, 22, 92, 91, 90], "not confirmed"),
    Case(RECEPTIVE_FIELD, [95, 20, 21, 94, 93, 51, 92, 91, 90], "not confirmed"),
    Case(RECEPTIVE_FIELD, [95, 20, 21, 94, 93, 22, 79, 91, 90], "not confirmed"),
    # GRU, LSTM, decay, Transformer.
    Case(COUNTS, [96, 97, 30, 98], shown=["96.0%", "97.0%", "30.0%", "98.0%"]),
    Case(COUNTS, [94, 97, 30, 90], "not confirmed"),
    Case(COUNTS, [97, 94, 30, 90], "not confirmed"),
    Case(COUNTS, [96, 97, 30, 99], "not confirmed"),
    # At 200 steps.
    Case(
        SLOW,
        times={"gru": (1, 30), "lstm": (1, 40), "cnn": (90, 20), "transformer": (1, 99)},
        shown=["8 sequences of 200 steps", "gru 30 ms", "lstm 40 ms", "cnn 20 ms", "transformer 99 ms"],
    ),
    Case(SLOW, verdict="depends", times={"gru": (90, 10), "lstm": (1, 40), "cnn": (1, 20), "transformer": (1, 99)}),
    Case(
        SLOW, verdict="not confirmed", times={"gru": (90, 10), "lstm": (90, 19), "cnn": (1, 20), "transformer": (1, 9)}
    ),
    # GRU at three lengths, LSTM, Transformer.
    Case(FORGETS, [99, 95, 80, 98, 60, 50, 99, 99, 99], shown=["99.0%", "95.0%", "80.0%", "50.0%"]),
    Case(FORGETS, [99, 50, 95, 98, 60, 50, 99, 99, 99], "depends"),
    Case(FORGETS, [99, 50, 95, 98, 60, 90, 99, 50, 10], "not confirmed"),
    # The Transformer, then five others.
    Case(RELATES, [95, 60, 61, 62, 63, 84], shown=["95.0%", "60.0%", "61.0%", "62.0%", "63.0%", "84.0%"]),
    Case(RELATES, [89, 60, 60, 60, 60, 0], "not confirmed"),
    Case(RELATES, [95, 60, 86, 60, 60, 0], "not confirmed"),
    Case(
        QUADRATIC,
        times={"transformer": (1, 4), "gru": (1, 2), "cnn": (1, 1), "state_space": (1, 2)},
        shown=["from 100 to 200 steps", "transformer 2.00", "gru 1.00", "cnn 0.00", "state space 1.00"],
    ),
    Case(
        QUADRATIC,
        verdict="depends",
        times={"transformer": (1, 3), "gru": (1, 2), "cnn": (1, 1), "state_space": (1, 2)},
    ),
    Case(
        QUADRATIC,
        verdict="not confirmed",
        times={"transformer": (1, 2.2), "gru": (1, 2), "cnn": (1, 1), "state_space": (1, 2)},
    ),
    # The Transformer on few and on many rows, its rival on few and on many; three tasks.
    Case(
        DATA_HUNGRY,
        [40, 99, 90, 98, 41, 97, 52, 96, 42, 95, 53, 94],
        shown=["40.0%", "90.0%", "41.0%", "52.0%", "94.0%", "300 rows", "5000 rows"],
    ),
    Case(DATA_HUNGRY, [40, 99, 90, 98, 41, 97, 50, 96, 42, 95, 53, 94], "depends"),
    Case(DATA_HUNGRY, [89, 10, 90, 98, 41, 10, 50, 96, 42, 10, 51, 94], "not confirmed"),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_verdict_follows_the_evidence_and_the_figure_shows_it(case: Case, plan: dict[str, Arms]) -> None:
    arms = plan[case.claim.statement]
    for entries in (case.attained, *case.columns.values()):
        assert len(entries) in {0, len(arms)}
    figure, verdict = case.claim.judge(case.evidence(arms))
    assert verdict == case.verdict
    for part in case.shown:
        assert part in figure


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.statement)
def test_every_claim_is_tried_with_evidence_for_and_against_it(claim: Claim) -> None:
    cases = [case for case in CASES if case.claim is claim]
    assert {case.verdict for case in cases} >= {"confirmed", "not confirmed"}
    assert all(case.shown for case in cases if case.verdict == "confirmed")


def test_what_order_gives_away_is_measured_on_the_task_of_the_trials() -> None:
    """Without order a recency-weighted mean is no better known than by the plain mean; totals need none."""
    blind = {
        name: blind_to_order(
            pd.DataFrame({"task_options": [TaskParameters.model_validate({"name": name} | options).model_dump_json()]})
        )
        for name, options in (
            ("linear_recency", {"num_samples": 2000, "noise": 0.2}),
            ("order_free", {"num_samples": 200, "noise": 0.2}),
        )
    }
    assert blind["order_free"] == pytest.approx(100)
    # Weights 1..n instead of equal ones: (n + 1) n^2 / 4 over n (n + 1) (2n + 1) / 6, about 3/4 for long sequences.
    assert blind["linear_recency"] == pytest.approx(77, abs=3)
