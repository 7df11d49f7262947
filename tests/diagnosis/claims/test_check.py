import pandas as pd
import pytest

from sequence_learning.diagnosis.claims import CLAIMS, check
from sequence_learning.diagnosis.claims.check import judge_claims, plan_claims, trials_of
from sequence_learning.diagnosis.claims.claim import Arms, Claim, Evidence, Verdict
from sequence_learning.diagnosis.parameters import ClaimsParameters
from sequence_learning.diagnosis.timing import Timings
from tests.diagnosis.small import make_bench, shipped_bench

TIMINGS = Timings(pd.DataFrame(), 1)


def test_no_statement_is_made_twice() -> None:
    assert len({claim.statement for claim in CLAIMS}) == len(CLAIMS)


@pytest.mark.parametrize("environment", ["base", "smoke"])
def test_every_claim_is_planned_as_shipped(environment: str) -> None:
    bench, parameters = shipped_bench(environment)
    plan = plan_claims(bench, ClaimsParameters.model_validate(parameters["claims"]))
    assert list(plan) == [claim.statement for claim in CLAIMS]
    for arms in plan.values():
        for trials in arms.values():
            assert [trial.seed for trial in trials] == list(bench.diagnosis.seeds)
            assert len({trial.model_copy(update={"seed": 0}).model_dump_json() for trial in trials}) == 1
    # Only claims about time train nothing.
    assert [claim.approach for claim in CLAIMS if not plan[claim.statement]] == ["RNN", "Transformer encoder"]


def test_motifs_span_what_the_arm_says_and_networks_see_as_much() -> None:
    bench, parameters = shipped_bench("base")
    plan = plan_claims(bench, ClaimsParameters.model_validate(parameters["claims"]))
    arms = plan["sees no further than its receptive field"]
    assert list(arms)[:4] == ["sees 3, spans 3", "sees 3, spans 5", "sees 3, spans 9", "sees 5, spans 3"]
    for name, (trial, *_) in arms.items():
        assert (
            f"sees {trial.encoder.options['kernel_size']}, spans {1 + 2 * int(str(trial.task.options['spacing']))}"
            == name
        )
        assert trial.encoder.options["n_layers"] == 1


def _told(name: str, seen: list[tuple[str, dict[str, list[int]]]], **arms: int) -> Claim:
    """A claim about arms of some trials each that notes which rows it is given."""

    def judge(evidence: Evidence) -> tuple[str, Verdict]:
        seen.append((name, {arm: rows["number"].tolist() for arm, rows in evidence.arms.items()}))
        assert evidence.timings is TIMINGS
        return f"figure of {name}", "depends"

    def plan(bench: object, parameters: object) -> Arms:
        own = make_bench(seeds=range(max(arms.values(), default=1)))
        return {arm: own.trials(own.task("order_free"), "gru")[:n] for arm, n in arms.items()}

    return Claim("approach", name, f"experiment of {name}", judge, plan)


def test_every_claim_is_given_the_rows_of_its_own_arms(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, dict[str, list[int]]]] = []
    claims = (_told("first", seen, a=2, b=1), _told("time", seen), _told("last", seen, c=1, a=3))
    monkeypatch.setattr(check, "CLAIMS", claims)
    bench, parameters = shipped_bench("smoke")
    plan = plan_claims(bench, ClaimsParameters.model_validate(parameters["claims"]))
    trials = trials_of(plan)
    assert [trial.seed for trial in trials] == [0, 1, 0, 0, 0, 1, 2]
    # A table that is a part of a larger one counts its rows from elsewhere.
    table = pd.DataFrame({"number": range(7)}, index=range(100, 107))
    verdicts = judge_claims(plan, table, TIMINGS)
    assert seen == [("first", {"a": [0, 1], "b": [2]}), ("time", {}), ("last", {"c": [3], "a": [4, 5, 6]})]
    assert verdicts.to_dict("records") == [
        {
            "approach": "approach",
            "claim": name,
            "experiment": f"experiment of {name}",
            "figure": f"figure of {name}",
            "verdict": "depends",
        }
        for name in ("first", "time", "last")
    ]
