"""Nodes of the diagnosis pipeline. PyTorch is imported when a node runs, not when it is listed."""

from typing import Any

import pandas as pd
import plotly.graph_objects as go

from sequence_learning.diagnosis import markdown, matrix, plots
from sequence_learning.diagnosis.explanation_table import list_explanations
from sequence_learning.diagnosis.measure import measure
from sequence_learning.diagnosis.parameters import DiagnosisParameters
from sequence_learning.diagnosis.plan import Bench, plan_matrix
from sequence_learning.diagnosis.ranks import rank_models
from sequence_learning.diagnosis.trial import Trial
from sequence_learning.evaluation.critical_difference_plot import plot_critical_differences
from sequence_learning.io.result_store import ResultStore
from sequence_learning.parameters import ModelParameters, TrainingParameters


def plan_diagnosis(
    encoders: dict[str, Any], model: ModelParameters, training: TrainingParameters, diagnosis: DiagnosisParameters
) -> list[Trial]:
    """Every encoder on every task, and the variants; mistakes show before anything is trained."""
    return plan_matrix(Bench.of(encoders, model, training, diagnosis))


def measure_diagnosis(
    diagnosis_plan: list[Trial], trial_store: ResultStore, training: TrainingParameters
) -> pd.DataFrame:
    """Run what the store does not hold yet."""
    from sequence_learning.training.pool import workers_for

    return measure(diagnosis_plan, trial_store, workers_for(training))


def summarise_diagnosis(
    diagnosis_results: pd.DataFrame,
) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, dict[str, float]], pd.DataFrame]:
    """Percent of the attainable by task and model, thrice (Parquet, JSON, MLflow), and what it says of theory."""
    summary = matrix.summarise(diagnosis_results)
    verdicts = matrix.judge(diagnosis_results, matrix.bounds_without_order(diagnosis_results))
    return summary, summary, matrix.as_metrics(summary), verdicts


def plot_diagnosis(diagnosis_matrix: pd.DataFrame, diagnosis_verdicts: pd.DataFrame) -> go.Figure:
    """The matrix as a heat-map."""
    return plots.plot_matrix(diagnosis_matrix, diagnosis_verdicts)


def compare_models(diagnosis_matrix: pd.DataFrame) -> go.Figure:
    """Average ranks over tasks, and which models are shown to differ."""
    return plot_critical_differences(rank_models(diagnosis_matrix))


def explain_diagnosis(diagnosis_results: pd.DataFrame) -> tuple[pd.DataFrame, go.Figure]:
    """What models have learned beside what is true: a table with the agreement of every seed, and a picture."""
    return list_explanations(diagnosis_results), plots.plot_explanations(diagnosis_results)


def write_diagnosis(
    diagnosis_matrix: pd.DataFrame, diagnosis_verdicts: pd.DataFrame, diagnosis_explanations: pd.DataFrame
) -> str:
    """The tables as Markdown."""
    return markdown.matrix_section(diagnosis_matrix, diagnosis_verdicts, diagnosis_explanations)
