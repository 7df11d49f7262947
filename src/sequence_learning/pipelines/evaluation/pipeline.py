"""Evaluation: what each encoder left behind -> ``results``, ``history``, ``latency`` -> ``leaderboard``, plots."""

from collections.abc import Iterable

from kedro.pipeline import Node, Pipeline

from sequence_learning.pipelines.evaluation.nodes import (
    build_leaderboard,
    gather_tables,
    measure_latency,
    plot_leaderboard,
    plot_learning_curves,
    score_baseline,
)
from sequence_learning.pipelines.training.pipeline import GROUP, namespace_of


def create_pipeline(encoders: Iterable[str]) -> Pipeline:
    """Compare these encoders."""
    return _gather(list(encoders)) + Pipeline(
        [
            Node(score_baseline, ["model_input", "params:schema"], "baseline_results", name="score_baseline"),
            Node(
                build_leaderboard,
                ["results", "baseline_results", "latency", "params:schema"],
                ["leaderboard", "leaderboard_json"],
                name="build_leaderboard",
            ),
            Node(plot_leaderboard, "leaderboard", "leaderboard_plot", name="plot_leaderboard"),
            Node(plot_learning_curves, "history", "learning_curves", name="plot_learning_curves"),
        ]
    )


def _gather(encoders: list[str]) -> Pipeline:
    """What takes an input from every encoder.

    It lies inside the training group, so that Kedro-Viz shows three results of the folded group and not three per
    encoder.
    """
    checkpoints, results, histories = (
        {f"{encoder}_{output}": f"{namespace_of(encoder)}.{output}" for encoder in encoders}
        for output in ("checkpoints", "results", "history")
    )
    return Pipeline(
        [
            Node(gather_tables, list(results), "results", name="gather_results"),
            Node(gather_tables, list(histories), "history", name="gather_histories"),
            Node(
                measure_latency,
                ["model_input", "params:evaluation", *checkpoints],
                "latency",
                name="measure_latency",
            ),
        ],
        namespace=GROUP,
        inputs={"model_input": "model_input", **checkpoints, **results, **histories},
        outputs={"results", "history", "latency"},
        parameters={"params:evaluation": "params:evaluation"},
    )
