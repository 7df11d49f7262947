"""All claims, checked."""

from collections.abc import Mapping

import pandas as pd

from sequence_learning.diagnosis.claims import CLAIMS
from sequence_learning.diagnosis.claims.claim import Arms, Evidence
from sequence_learning.diagnosis.measure import key_of
from sequence_learning.diagnosis.parameters import ClaimsParameters
from sequence_learning.diagnosis.plan import Bench
from sequence_learning.diagnosis.timing import Timings
from sequence_learning.diagnosis.trial import Trial


def plan_claims(bench: Bench, parameters: ClaimsParameters) -> dict[str, Arms]:
    """What each claim trains, by its statement; arms that several claims share are trained once."""
    return {claim.statement: claim.arms(bench, parameters) for claim in CLAIMS}


def trials_of(plan: Mapping[str, Arms]) -> list[Trial]:
    """All trials of the plan, claim by claim."""
    return [trial for arms in plan.values() for trials in arms.values() for trial in trials]


def judge_claims(
    plan: Mapping[str, Arms], results: pd.DataFrame, timings: Timings, parameters: ClaimsParameters
) -> pd.DataFrame:
    """The verdicts.

    Args:
        plan: as :func:`plan_claims` gives it.
        results: of all trials of the plan, as :func:`~sequence_learning.diagnosis.measure.measure` gives it.
        timings: cost against length.
        parameters: what the plan was made from.

    Returns:
        One row per claim: ``approach``, ``claim``, ``experiment``, ``figure`` and ``verdict``.
    """
    by_key = results.drop_duplicates("key").set_index("key", drop=False)
    rows = []
    for claim in CLAIMS:
        arms = {name: by_key.loc[list(map(key_of, trials))] for name, trials in plan[claim.statement].items()}
        figure, verdict = claim.judge(Evidence(arms, timings, parameters))
        rows.append(
            {
                "approach": claim.approach,
                "claim": claim.statement,
                "experiment": claim.experiment,
                "figure": figure,
                "verdict": verdict,
            }
        )
    return pd.DataFrame(rows)
