"""Benchmark: ``params:benchmark`` -> rounds, ``benchmark_pool`` -> ratios, plot, section. Needs no data."""

from kedro.pipeline import Node, Pipeline

from sequence_learning.pipelines.benchmark.nodes import (
    measure_cluster,
    measure_stream,
    measure_training,
    plot_training,
    summarise_training,
    write_benchmark,
)


def create_pipeline() -> Pipeline:
    """Measure, summarise, plot, write."""
    return Pipeline(
        [
            Node(
                measure_training,
                ["params:encoders", "params:model", "params:training", "params:benchmark"],
                ["benchmark_rounds", "benchmark_pool"],
                name="measure_training",
            ),
            Node(summarise_training, "benchmark_rounds", ["benchmark", "benchmark_json"], name="summarise_training"),
            Node(plot_training, "benchmark", "benchmark_plot", name="plot_training"),
            Node(write_benchmark, ["benchmark", "benchmark_pool"], "benchmark_section", name="write_benchmark"),
        ]
    )


def create_cluster_pipeline() -> Pipeline:
    """What a Ray cluster costs: ``params:benchmark`` -> section."""
    return Pipeline([Node(measure_cluster, "params:benchmark", "cluster_section", name="measure_cluster")])


def create_stream_pipeline() -> Pipeline:
    """What events that need not fit into memory take: ``params:benchmark`` -> section."""
    return Pipeline([Node(measure_stream, "params:benchmark", "stream_section", name="measure_stream")])
