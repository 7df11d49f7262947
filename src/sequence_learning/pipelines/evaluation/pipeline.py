"""Evaluation: what each model left behind -> ``results``, ``history``, ``latency`` -> ``leaderboard``, plots."""

from collections.abc import Iterable

from kedro.pipeline import Node, Pipeline

from sequence_learning.pipelines.evaluation.nodes import (
    build_leaderboard,
    gather_tables,
    measure_latency,
    plot_leaderboard,
    plot_learning_curves,
)
from sequence_learning.pipelines.training.pipeline import GROUP, namespace_of


def create_pipeline(encoders: Iterable[str], baselines: Iterable[str]) -> Pipeline:
    """Compare these encoders and baselines; curves are those of the encoders, and there are none without one."""
    encoders, baselines = list(encoders), list(baselines)
    leaderboard = Pipeline(
        [
            Node(
                build_leaderboard,
                ["results", "latency", "params:schema"],
                ["leaderboard", "leaderboard_json"],
                name="build_leaderboard",
            ),
            Node(plot_leaderboard, "leaderboard", "leaderboard_plot", name="plot_leaderboard"),
        ]
    )
    curves = Pipeline([Node(plot_learning_curves, "history", "learning_curves", name="plot_learning_curves")])
    comparison = _gather_scores(encoders, baselines) + leaderboard
    return comparison + _gather_histories(encoders) + curves if encoders else comparison


def _gather_scores(encoders: list[str], baselines: list[str]) -> Pipeline:
    """What takes an input from every model.

    It lies inside the training group, as all that gathers, so that Kedro-Viz shows three results of the folded group
    and not three per model.
    """
    results = _by_model([*encoders, *baselines], "results")
    fitted = _by_model(encoders, "checkpoints") | _by_model(baselines, "fitted")
    return Pipeline(
        [
            Node(gather_tables, list(results), "results", name="gather_results"),
            Node(measure_latency, ["model_input", "params:evaluation", *fitted], "latency", name="measure_latency"),
        ],
        namespace=GROUP,
        inputs={"model_input": "model_input", **fitted, **results},
        outputs={"results", "latency"},
        parameters={"params:evaluation": "params:evaluation"},
    )


def _gather_histories(encoders: list[str]) -> Pipeline:
    histories = _by_model(encoders, "history")
    return Pipeline(
        [Node(gather_tables, list(histories), "history", name="gather_histories")],
        namespace=GROUP,
        inputs=histories,
        outputs={"history"},
    )


def _by_model(models: list[str], output: str) -> dict[str, str]:
    """That output of each model, by a name that is one here: without dots."""
    return {f"{model}_{output}": f"{namespace_of(model)}.{output}" for model in models}
