"""Evaluation: results, histories and checkpoints of some encoders -> ``leaderboard``, plots."""

from collections.abc import Iterable

from kedro.pipeline import Node, Pipeline

from sequence_learning.pipelines.evaluation.nodes import (
    build_leaderboard,
    measure_latency,
    plot_leaderboard,
    plot_learning_curves,
    score_baseline,
)
from sequence_learning.pipelines.training.pipeline import namespace_of


def create_pipeline(encoders: Iterable[str]) -> Pipeline:
    """Compare these encoders."""
    encoders = list(encoders)
    checkpoints, results, histories = (
        [f"{encoder}_{output}" for encoder in encoders] for output in ("checkpoints", "results", "history")
    )
    nodes = [
        Node(score_baseline, ["model_input", "params:schema"], "baseline_results", name="score_baseline"),
        Node(
            measure_latency,
            ["model_input", "params:evaluation", *checkpoints],
            "latency",
            name="measure_latency",
        ),
        Node(
            build_leaderboard,
            ["params:schema", "latency", "baseline_results", *results],
            ["leaderboard", "leaderboard_json"],
            name="build_leaderboard",
        ),
        Node(plot_leaderboard, "leaderboard", "leaderboard_plot", name="plot_leaderboard"),
        Node(plot_learning_curves, histories, "learning_curves", name="plot_learning_curves"),
    ]
    from_training = {
        f"{encoder}_{output}": f"{namespace_of(encoder)}.{output}"
        for encoder in encoders
        for output in ("checkpoints", "results", "history")
    }
    return Pipeline(
        nodes,
        inputs={"model_input": "model_input", **from_training},
        parameters={"params:schema": "params:schema", "params:evaluation": "params:evaluation"},
    )
