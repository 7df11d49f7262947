"""Prediction: ``bundle``, ``new_entities``, ``new_events`` -> ``scored``, ``scoring_summary``."""

from kedro.pipeline import Node, Pipeline

from sequence_learning.pipelines.prediction.nodes import score_tables, summarise_scoring


def create_pipeline() -> Pipeline:
    """Score batch by batch while the file is written, then tell what was met."""
    return Pipeline(
        [
            Node(
                score_tables,
                ["bundle", "new_entities", "new_events", "params:predict"],
                "scored",
                name="score_tables",
            ),
            Node(summarise_scoring, "scored", "scoring_summary", name="summarise_scoring"),
        ]
    )
