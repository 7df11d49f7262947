"""Diagnosis: ``params:diagnosis`` -> ``diagnosis_results`` -> matrix, verdicts, explanations, plots. Needs no data."""

from kedro.pipeline import Node, Pipeline

from sequence_learning.pipelines.diagnosis.nodes import (
    compare_models,
    explain_diagnosis,
    measure_diagnosis,
    plan_diagnosis,
    plot_diagnosis,
    summarise_diagnosis,
    write_diagnosis,
)


def create_pipeline() -> Pipeline:
    """Plan, measure, summarise, plot, compare, explain, write."""
    return Pipeline(
        [
            Node(
                plan_diagnosis,
                ["params:encoders", "params:model", "params:training", "params:diagnosis"],
                "diagnosis_plan",
                name="plan_diagnosis",
            ),
            Node(
                measure_diagnosis,
                ["diagnosis_plan", "trial_store", "params:training"],
                "diagnosis_results",
                name="measure_diagnosis",
            ),
            Node(
                summarise_diagnosis,
                "diagnosis_results",
                ["diagnosis_matrix", "diagnosis_matrix_json", "diagnosis_metrics", "diagnosis_verdicts"],
                name="summarise_diagnosis",
            ),
            Node(plot_diagnosis, ["diagnosis_matrix", "diagnosis_verdicts"], "diagnosis_plot", name="plot_diagnosis"),
            Node(compare_models, "diagnosis_matrix", "critical_differences_plot", name="compare_models"),
            Node(
                explain_diagnosis,
                "diagnosis_results",
                ["diagnosis_explanations", "explanations_plot"],
                name="explain_diagnosis",
            ),
            Node(
                write_diagnosis,
                ["diagnosis_matrix", "diagnosis_verdicts", "diagnosis_explanations"],
                "diagnosis_section",
                name="write_diagnosis",
            ),
        ]
    )
