"""One row per model: score over seeds, training cost, latency, footprint."""

import pandas as pd

from sequence_learning.metrics import METRICS
from sequence_learning.parameters import Task

_FOOTPRINT = ["disk_kb", "peak_memory_mb", "flops"]


def latency_batches(leaderboard: pd.DataFrame) -> dict[int, str]:
    """The columns of prediction times by their number of rows, ascending."""
    found = leaderboard.columns.str.extract(r"^latency_ms_batch_(\d+)$", expand=False).dropna().astype(int)
    return {rows: f"latency_ms_batch_{rows}" for rows in sorted(found)}


def build_leaderboard(
    task: Task, results: pd.DataFrame, scores: pd.DataFrame, latency: pd.DataFrame, footprint: pd.DataFrame
) -> pd.DataFrame:
    """Join what was measured, best first.

    Args:
        task: chooses the metrics; the first of :data:`~sequence_learning.metrics.METRICS` ranks.
        results: a row per ``encoder`` and ``seed``: a column per metric, then the costs (NaN where a baseline
            has none).
        scores: as :func:`~sequence_learning.evaluation.comparison.score_table` gives them.
        latency: as :func:`~sequence_learning.evaluation.latency.measure.measure_latency` gives it.
        footprint: as :func:`~sequence_learning.evaluation.latency.footprint.measure_footprint` gives it.

    Returns:
        Columns ``encoder``; each metric (mean over seeds) and ``<metric>_std`` (sample standard deviation, missing
        for one seed), the ranking one first; ``<ranking metric>_low`` and ``_high``, its interval; ``seeds``; means of
        the costs; ``latency_ms_batch_<rows>``, the median of the model alone in eager; ``disk_kb``, ``peak_memory_mb``
        and ``flops``.
    """
    by_encoder = results.groupby("encoder", sort=False)
    metrics = METRICS[task]
    columns: dict[str, object] = {}
    for metric in metrics:
        columns[metric] = by_encoder[metric].mean()
        columns[f"{metric}_std"] = by_encoder[metric].std()
    seeds = by_encoder.size()
    ends = scores.set_index("encoder").reindex(seeds.index)
    columns |= {f"{metrics[0]}_{end}": ends[end] for end in ("low", "high")}
    columns["seeds"] = seeds
    columns |= {cost: by_encoder[cost].mean() for cost in results.columns.drop(["encoder", "seed", *metrics])}
    table = pd.DataFrame(columns).join(_medians(latency)).join(footprint.set_index("encoder")[_FOOTPRINT])
    table = table.sort_values(metrics[0], ascending=False)
    return table.rename_axis("encoder").reset_index()


def _medians(latency: pd.DataFrame) -> pd.DataFrame:
    """A row per model, a column per batch size, in ascending order."""
    plain = latency[(latency["runtime"] == "eager") & (latency["scope"] == "model")]
    return plain.pivot_table("p50_ms", "encoder", "batch_size").add_prefix("latency_ms_batch_")
