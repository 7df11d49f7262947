"""Ablation: ``model_input``, ``params:ablations`` -> ``ablation_results`` -> ``ablations``, a plot."""

from kedro.pipeline import Node, Pipeline

from sequence_learning.pipelines.ablation.nodes import (
    measure_ablations,
    plan_ablations,
    plot_ablations,
    summarise_ablations,
)


def create_pipeline() -> Pipeline:
    """Plan, measure, summarise, plot."""
    return Pipeline(
        [
            Node(
                plan_ablations,
                ["model_input", "params:ablations", "params:encoders", "params:model", "params:training"],
                "ablation_plan",
                name="plan_ablations",
            ),
            Node(
                measure_ablations,
                ["model_input", "fit_store", "precision_choices", "ablation_plan", "params:training"],
                ["ablation_results", "failed_ablation_fits"],
                name="measure_ablations",
            ),
            Node(
                summarise_ablations,
                ["ablation_results", "params:schema"],
                ["ablations", "ablations_json"],
                name="summarise_ablations",
            ),
            Node(plot_ablations, "ablations", "ablations_plot", name="plot_ablations"),
        ]
    )
