import pandas as pd
import pytest

from sequence_learning.diagnosis.claims import CLAIMS, check
from sequence_learning.diagnosis.claims.check import judge_claims, plan_claims, trials_of
from sequence_learning.diagnosis.claims.claim import Arms, Claim, Evidence, Verdict
from sequence_learning.diagnosis.measure import key_of
from sequence_learning.diagnosis.parameters import ClaimsParameters
from sequence_learning.diagnosis.timing import Timings
from sequence_learning.diagnosis.trial import Trial
from tests.diagnosis.small import CLAIMS_PARAMETERS, make_bench, shipped_bench

TIMINGS = Timings(pd.DataFrame(), 1)


def shipped_plan(environment: str) -> dict[str, Arms]:
    bench, parameters = shipped_bench(environment)
    return plan_claims(bench, ClaimsParameters.model_validate(parameters["claims"]))


def test_no_statement_is_made_twice() -> None:
    assert len({claim.statement for claim in CLAIMS}) == len(CLAIMS)


@pytest.mark.parametrize("environment", ["base", "smoke", "full"])
def test_every_claim_is_planned_as_shipped(environment: str) -> None:
    bench, _ = shipped_bench(environment)
    plan = shipped_plan(environment)
    assert list(plan) == [claim.statement for claim in CLAIMS]
    for arms in plan.values():
        for trials in arms.values():
            assert [trial.seed for trial in trials] == list(bench.diagnosis.seeds)
            assert len({trial.model_copy(update={"seed": 0}).model_dump_json() for trial in trials}) == 1
    # Only claims about time train nothing.
    assert [claim.approach for claim in CLAIMS if not plan[claim.statement]] == ["RNN", "Transformer encoder"]


def test_claims_are_tried_on_complete_readings_and_numbers_whatever_the_diagnosis_measures() -> None:
    bench, parameters = shipped_bench("base")
    options = bench.diagnosis.options | {"target": "binary", "missing": 0.3}
    other = make_bench(
        {name: encoder.model_dump() for name, encoder in bench.encoders.items()}, options=options, seeds=[0]
    )
    for trial in trials_of(plan_claims(other, ClaimsParameters.model_validate(parameters["claims"]))):
        config = trial.task.build().config
        assert (config.target, config.missing) == ("regression", 0.0)


def test_two_events_span_what_the_arm_says_and_one_layer_sees_as_much() -> None:
    arms = shipped_plan("base")["sees no further than its receptive field"]
    assert list(arms)[:4] == ["sees 3, spans 3", "sees 3, spans 5", "sees 3, spans 9", "sees 5, spans 3"]
    for name, (trial, *_) in arms.items():
        options = trial.task.options
        assert (options["motif"], options["n_kinds"]) == ((0, 1), 5)
        assert name == f"sees {trial.encoder.options['kernel_size']}, spans {1 + int(str(options['spacing']))}"
        assert (trial.encoder.options["n_layers"], trial.encoder.options["block"]) == (1, "plain")


def test_outliers_meet_single_statistics() -> None:
    arms = shipped_plan("base")["is sensitive to outliers: max and sum follow a single one"]
    assert {name: trial.encoder.config.model_dump() for name, (trial, *_) in arms.items() if name != "gru"} == {
        name: {**arms["mean"][0].encoder.config.model_dump(), "statistics": statistics, "quantiles": quantiles}
        for name, statistics, quantiles in (
            ("maximum", ("max",), ()),
            ("sum", ("sum",), ()),
            ("mean", ("mean",), ()),
            ("median", (), (0.5,)),
        )
    }
    assert {trial.outlier for trials in arms.values() for trial in trials} == {20}


def test_no_trial_but_those_of_outliers_has_any() -> None:
    plan = shipped_plan("base")
    del plan["is sensitive to outliers: max and sum follow a single one"]
    assert {trial.outlier for trial in trials_of(plan)} == {None}


def _told(name: str, seen: list[tuple[str, dict[str, list[int]]]], **arms: Trial) -> Claim:
    """A claim about arms of a trial for each of two seeds, that notes which rows it is given."""

    def judge(evidence: Evidence) -> tuple[str, Verdict]:
        seen.append((name, {arm: rows["number"].tolist() for arm, rows in evidence.arms.items()}))
        assert evidence.timings is TIMINGS
        assert evidence.parameters is CLAIMS_PARAMETERS
        return f"figure of {name}", "depends"

    def plan(bench: object, parameters: object) -> Arms:
        return {arm: [trial, trial.model_copy(update={"seed": 1})] for arm, trial in arms.items()}

    return Claim("approach", name, f"experiment of {name}", judge, plan)


@pytest.fixture
def trials() -> dict[str, Trial]:
    bench = make_bench()
    return {name: bench.trials(bench.task("order_free"), name)[0] for name in bench.encoders}


def table_of(trials: list[Trial]) -> pd.DataFrame:
    """A row for each, numbered; a table that is part of a larger one counts its rows from elsewhere."""
    return pd.DataFrame(
        {"number": range(len(trials)), "key": [key_of(trial) for trial in trials]},
        index=range(100, 100 + len(trials)),
    )


def test_every_claim_is_given_the_rows_of_its_own_arms(
    monkeypatch: pytest.MonkeyPatch, trials: dict[str, Trial]
) -> None:
    seen: list[tuple[str, dict[str, list[int]]]] = []
    gru, totals, none = trials["gru"], trials["statistical_aggregation"], trials["tabular_only"]
    # Two claims share an arm; its rows bear another name there.
    claims = (_told("first", seen, a=gru, b=totals), _told("time", seen), _told("last", seen, c=none, d=gru))
    monkeypatch.setattr(check, "CLAIMS", claims)
    plan = plan_claims(make_bench(), CLAIMS_PARAMETERS)
    assert trials_of(plan) == [
        trial.model_copy(update={"seed": seed}) for trial in (gru, totals, none, gru) for seed in (0, 1)
    ]
    verdicts = judge_claims(plan, table_of(trials_of(plan)), TIMINGS, CLAIMS_PARAMETERS)
    assert seen == [("first", {"a": [0, 1], "b": [2, 3]}), ("time", {}), ("last", {"c": [4, 5], "d": [0, 1]})]
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


def test_rows_are_found_by_key_wherever_they_stand(monkeypatch: pytest.MonkeyPatch, trials: dict[str, Trial]) -> None:
    """Among rows of other trials, in any order, and once each."""
    seen: list[tuple[str, dict[str, list[int]]]] = []
    monkeypatch.setattr(check, "CLAIMS", (_told("one", seen, a=trials["gru"], b=trials["tabular_only"]),))
    plan = plan_claims(make_bench(), CLAIMS_PARAMETERS)
    a0, a1, b0, b1 = trials_of(plan)
    table = table_of([trials["statistical_aggregation"], b1, a1, b0, a0, a0])
    judge_claims(plan, table, TIMINGS, CLAIMS_PARAMETERS)
    assert seen == [("one", {"a": [4, 2], "b": [3, 1]})]


def test_a_trial_that_was_not_measured_is_no_evidence(
    monkeypatch: pytest.MonkeyPatch, trials: dict[str, Trial]
) -> None:
    monkeypatch.setattr(check, "CLAIMS", (_told("one", [], a=trials["gru"]),))
    plan = plan_claims(make_bench(), CLAIMS_PARAMETERS)
    with pytest.raises(KeyError):
        judge_claims(plan, table_of(trials_of(plan)[:1]), TIMINGS, CLAIMS_PARAMETERS)
