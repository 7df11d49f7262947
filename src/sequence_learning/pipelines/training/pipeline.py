"""Training: ``model_input`` -> everything under the namespace ``train.<encoder>`` or ``train.<baseline>``."""

from kedro.pipeline import Node, Pipeline

from sequence_learning.pipelines.training.nodes import (
    predict_held_out,
    predict_held_out_with_baseline,
    score_encoder,
    train_baseline,
    train_encoder,
)

#: Every model's pipeline lies under this namespace, so that Kedro-Viz can fold them into one group.
GROUP = "train"


def namespace_of(model: str) -> str:
    """The namespace of one encoder or baseline."""
    return f"{GROUP}.{model}"


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


def create_baseline_pipeline(baseline: str) -> Pipeline:
    """The template for one baseline."""
    return Pipeline(
        [
            Node(
                train_baseline,
                ["model_input", "params:baseline", "params:training"],
                ["fitted", "rounds", "costs"],
                name="train_baseline",
            ),
            Node(
                predict_held_out_with_baseline,
                ["model_input", "fitted", "split"],
                "predictions",
                name="predict_held_out",
            ),
            Node(score_encoder, ["predictions", "costs", "params:schema"], "results", name="score_baseline"),
        ],
        namespace=namespace_of(baseline),
        inputs={"model_input", "split"},
        parameters={
            "params:baseline": f"params:baselines.{baseline}",
            "params:training": "params:training",
            "params:schema": "params:schema",
        },
    )
