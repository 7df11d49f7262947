"""Precision: ``model_input`` -> ``precisions``, ``precision_choices``."""

from kedro.pipeline import Node, Pipeline

from sequence_learning.pipelines.precision.nodes import choose_precisions, measure_precisions


def create_pipeline() -> Pipeline:
    """Measure, choose."""
    return Pipeline(
        [
            Node(
                measure_precisions,
                ["model_input", "precision_store", "params:encoders", "params:model", "params:training"],
                "precision_results",
                name="measure_precisions",
            ),
            Node(
                choose_precisions,
                ["precision_results", "params:training"],
                ["precisions", "precision_choices"],
                name="choose_precisions",
            ),
        ]
    )
