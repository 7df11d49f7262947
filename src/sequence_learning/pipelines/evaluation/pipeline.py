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
    namespaces = [namespace_of(encoder) for encoder in encoders]
    checkpoints = [f"{namespace}.checkpoints" for namespace in namespaces]
    results = [f"{namespace}.results" for namespace in namespaces]
    histories = [f"{namespace}.history" for namespace in namespaces]
    return Pipeline(
        [
            Node(score_baseline, ["model_input", "params:schema"], "baseline_results"),
            Node(measure_latency, ["model_input", "params:evaluation", *checkpoints], "latency"),
            Node(
                build_leaderboard,
                ["params:schema", "latency", "baseline_results", *results],
                ["leaderboard", "leaderboard_json"],
            ),
            Node(plot_leaderboard, "leaderboard", "leaderboard_plot"),
            Node(plot_learning_curves, histories, "learning_curves"),
        ]
    )
