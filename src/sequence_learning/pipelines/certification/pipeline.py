"""Certification: ``params:encoders`` -> ``certificates`` and their plot. Needs no data."""

from kedro.pipeline import Node, Pipeline

from sequence_learning.pipelines.certification.nodes import certify_encoders, plot_certificates


def create_pipeline() -> Pipeline:
    """Certify the configured encoders and all variants."""
    return Pipeline(
        [
            Node(certify_encoders, "params:encoders", ["certificates", "certificates_json"], name="certify_encoders"),
            Node(plot_certificates, "certificates", "certificates_plot", name="plot_certificates"),
        ]
    )
