"""Nodes of the benchmark pipeline. PyTorch is imported when a node runs, not when it is listed."""

from typing import Any

import pandas as pd
import plotly.graph_objects as go

from sequence_learning.benchmark import markdown, plot
from sequence_learning.benchmark.parameters import BenchmarkParameters
from sequence_learning.benchmark.summary import summarise, summarise_pool
from sequence_learning.parameters import ModelParameters, TrainingParameters


def measure_training(
    encoders: dict[str, Any], model: ModelParameters, training: TrainingParameters, benchmark: BenchmarkParameters
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Every turn of every side; the queue beside plain loops, and the machine. One node: nothing may run beside it."""
    from sequence_learning.benchmark.measure import measure_benchmark
    from sequence_learning.evaluation.latency.machine import describe_machine

    rounds, turns = measure_benchmark(encoders, model, training, benchmark)
    return rounds, summarise_pool(turns, benchmark.pool.epochs) | {"machine": describe_machine()}


def measure_cluster(benchmark: BenchmarkParameters) -> str:
    """What a Ray cluster costs beside the fits, as Markdown."""
    from sequence_learning.benchmark import cluster
    from sequence_learning.benchmark.features import draw_features

    return cluster.cluster_section(cluster.measure_cluster(draw_features(benchmark, "fixed"), benchmark.cluster))


def measure_stream(benchmark: BenchmarkParameters) -> str:
    """What events that need not fit into memory take, as Markdown."""
    from sequence_learning.benchmark import stream

    return stream.stream_section(stream.measure_stream(benchmark.stream), benchmark.stream)


def summarise_training(benchmark_rounds: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Ratios, goals and verdicts, twice: for Parquet and for JSON."""
    table = summarise(benchmark_rounds)
    return table, table


def plot_training(benchmark: pd.DataFrame) -> go.Figure:
    """Ratios beside goals."""
    return plot.plot_benchmark(benchmark)


def write_benchmark(benchmark: pd.DataFrame, benchmark_pool: dict[str, Any]) -> str:
    """The figures as Markdown."""
    return markdown.benchmark_section(benchmark, benchmark_pool)
