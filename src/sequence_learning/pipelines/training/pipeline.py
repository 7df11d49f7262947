"""Training: ``model_input`` -> everything under the namespace ``train.<encoder>``."""

from kedro.pipeline import Node, Pipeline

from sequence_learning.pipelines.training.nodes import (
    predict_held_out,
    score_encoder,
    train_encoder,
)

#: Every encoder's pipeline lies under this namespace, so that Kedro-Viz can fold them into one group.
GROUP = "train"


def namespace_of(encoder: str) -> str:
    """The namespace of one encoder."""
    return f"{GROUP}.{encoder}"


def create_pipeline(encoder: str) -> Pipeline:
    """The template for one encoder."""
    return Pipeline(
        [
            Node(
                train_encoder,
                ["model_input", "params:encoder", "params:model", "params:training"],
                ["checkpoints", "history", "costs"],
                name="train_encoder",
            ),
            Node(
                predict_held_out,
                ["model_input", "checkpoints", "split"],
                "predictions",
                name="predict_held_out",
            ),
            Node(score_encoder, ["predictions", "costs", "params:schema"], "results", name="score_encoder"),
        ],
        namespace=namespace_of(encoder),
        inputs={"model_input", "split"},
        parameters={
            "params:encoder": f"params:encoders.{encoder}",
            "params:model": "params:model",
            "params:training": "params:training",
            "params:schema": "params:schema",
        },
    )
