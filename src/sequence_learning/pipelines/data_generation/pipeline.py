"""Data generation: ``params:data`` -> ``entities``, ``events``."""

from kedro.pipeline import Node, Pipeline

from sequence_learning.pipelines.data_generation.nodes import generate_tables


def create_pipeline() -> Pipeline:
    """One node; the environment's ``data.source`` chooses what it reads or draws."""
    return Pipeline(
        [
            Node(
                generate_tables,
                ["params:data", "params:schema"],
                ["entities", "events"],
                name="generate_tables",
            )
        ]
    )
