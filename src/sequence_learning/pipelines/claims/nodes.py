"""Nodes of the claims pipeline. PyTorch is imported when a node runs, not when it is listed."""

from typing import Any

import pandas as pd
import plotly.graph_objects as go

from sequence_learning.diagnosis import curves as curves_
from sequence_learning.diagnosis import markdown, plots, timing
from sequence_learning.diagnosis.claims import check
from sequence_learning.diagnosis.claims.claim import Arms
from sequence_learning.diagnosis.measure import measure
from sequence_learning.diagnosis.parameters import ClaimsParameters, CurvesParameters, DiagnosisParameters
from sequence_learning.diagnosis.plan import Bench
from sequence_learning.diagnosis.timing import Timings
from sequence_learning.diagnosis.trial import Trial
from sequence_learning.io.result_store import ResultStore
from sequence_learning.parameters import EncoderParameters, ModelParameters, TrainingParameters


def plan_claims(
    encoders: dict[str, Any],
    model: ModelParameters,
    training: TrainingParameters,
    diagnosis: DiagnosisParameters,
    claims: ClaimsParameters,
    curves: CurvesParameters,
) -> tuple[dict[str, Arms], list[Trial]]:
    """What the claims and the curves train; mistakes show before anything is trained."""
    bench = Bench.of(encoders, model, training, diagnosis)
    return check.plan_claims(bench, claims), curves_.plan_curves(bench, curves)


def measure_timings(encoders: dict[str, Any], claims: ClaimsParameters) -> Timings:
    """Time against length, before fits fill the cores."""
    typed = {name: EncoderParameters.model_validate(block) for name, block in encoders.items()}
    return timing.measure_timings(typed, claims.timing)


def measure_claims(
    claims_plan: dict[str, Arms],
    curves_plan: list[Trial],
    timings: Timings,
    trial_store: ResultStore,
    training: TrainingParameters,
    claims: ClaimsParameters,
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Run what the store does not hold yet; verdicts come from the claims' trials, curves from the others.

    Returns:
        The verdicts twice (for Parquet and for JSON), and a row per point of the curves.
    """
    from sequence_learning.training.pool import workers_for

    claimed = check.trials_of(claims_plan)
    results = measure([*claimed, *curves_plan], trial_store, workers_for(training))
    verdicts = check.judge_claims(claims_plan, results, timings, claims)
    return verdicts, verdicts, curves_.summarise_curves(results.iloc[len(claimed) :])


def advise_by_size(sample_size_curves: pd.DataFrame) -> tuple[pd.DataFrame, go.Figure]:
    """What to use at which number of rows, and the curves as a picture."""
    return curves_.advise(sample_size_curves), plots.plot_curves(sample_size_curves)


def write_claims(
    claims: pd.DataFrame, sample_size_advice: pd.DataFrame, sample_size_curves: pd.DataFrame
) -> tuple[str, str]:
    """Verdicts and advice as Markdown."""
    return markdown.claims_section(claims), markdown.advice_section(sample_size_advice, sample_size_curves)
