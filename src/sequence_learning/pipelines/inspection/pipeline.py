"""Inspection: ``fitted_models`` -> latency, footprint, robustness, interpretation, certificates."""

from kedro.pipeline import Node, Pipeline

from sequence_learning.pipelines.inspection.nodes import (
    certify_encoders,
    interpret_models,
    measure_footprint,
    measure_latency,
    measure_robustness,
    show_interpretation,
)

_INTERPRETED = ["position_weights", "half_lives", "gradients", "permutation", "stability"]


def create_pipeline(*, with_encoders: bool = True) -> Pipeline:
    """What is measured of every model, and what of encoders alone."""
    of_all = Pipeline(
        [
            Node(
                measure_latency,
                [
                    "fitted_models",
                    "model_input",
                    "entities",
                    "events",
                    "feature_transformer",
                    "params:latency",
                    "params:training",
                ],
                ["latency", "latency_scaling", "latency_exponents", "latency_scaling_plot", "machine"],
                name="measure_latency",
            ),
            Node(measure_footprint, ["fitted_models", "model_input"], "footprint", name="measure_footprint"),
        ]
    )
    return of_all + _of_encoders() if with_encoders else of_all


def _of_encoders() -> Pipeline:
    return Pipeline(
        [
            Node(
                measure_robustness,
                [
                    "fitted_models",
                    "model_input",
                    "split",
                    "params:schema",
                    "params:robustness",
                    "params:decision",
                    "params:training",
                ],
                ["drops", "drops_plot"],
                name="measure_robustness",
            ),
            Node(
                interpret_models,
                ["fitted_models", "model_input", "feature_transformer", "params:interpretation", "params:training"],
                _INTERPRETED,
                name="interpret_models",
            ),
            Node(
                show_interpretation,
                _INTERPRETED,
                ["interpretation", "position_weights_plot", "gradients_plot", "permutation_plot"],
                name="show_interpretation",
            ),
            Node(
                certify_encoders,
                ["params:encoders", "fitted_models", "params:report"],
                "encoder_certificates",
                name="certify_encoders",
            ),
        ]
    )
