"""Feature preparation: ``entities``, ``events`` -> ``split``, ``data_problems``, ``model_input`` and what makes it."""

from kedro.pipeline import Node, Pipeline

from sequence_learning.pipelines.feature_preparation.nodes import (
    fit_transformer,
    split_rows,
    transform_features,
)


def create_pipeline() -> Pipeline:
    """Check and split, fit on the training rows, transform all rows."""
    return Pipeline(
        [
            Node(
                split_rows,
                ["entities", "events", "params:schema", "params:features"],
                ["split", "data_problems"],
                name="split_rows",
            ),
            Node(
                fit_transformer,
                ["entities", "events", "split", "params:schema", "params:features"],
                "feature_transformer",
                name="fit_transformer",
            ),
            Node(
                transform_features,
                ["entities", "events", "split", "feature_transformer", "params:features"],
                "model_input",
                name="transform_features",
            ),
        ]
    )
