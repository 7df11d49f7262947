"""Drafting: ``entities``, ``events`` -> ``schema_draft``, a file of the environment's configuration."""

from kedro.pipeline import Node, Pipeline

from sequence_learning.pipelines.drafting.nodes import draft_schema


def create_pipeline() -> Pipeline:
    """One node."""
    return Pipeline([Node(draft_schema, ["entities", "events", "params:draft"], "schema_draft", name="draft_schema")])
