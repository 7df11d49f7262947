"""One row per model: score over seeds, size, cost, latency."""

import pandas as pd

from sequence_learning.metrics import METRICS
from sequence_learning.parameters import Task


def build_leaderboard(task: Task, results: pd.DataFrame, latency: dict[str, dict[str, float]]) -> pd.DataFrame:
    """Join what was measured, best first.

    Args:
        task: chooses the metrics; the first of :data:`~sequence_learning.metrics.METRICS` ranks.
        results: a row per ``encoder`` and ``seed``: a column per metric, then the costs (NaN where a baseline
            has none).
        latency: milliseconds by encoder and batch size.

    Returns:
        Columns ``encoder``; each metric (mean over seeds) and ``<metric>_std`` (sample standard deviation, missing
        for one seed), the ranking one first; ``seeds``; means of the costs; ``latency_ms_<batch>``.
    """
    by_encoder = results.groupby("encoder", sort=False)
    metrics = METRICS[task]
    columns: dict[str, object] = {}
    for metric in metrics:
        columns[metric] = by_encoder[metric].mean()
        columns[f"{metric}_std"] = by_encoder[metric].std()
    columns["seeds"] = by_encoder.size()
    columns |= {cost: by_encoder[cost].mean() for cost in results.columns.drop(["encoder", "seed", *metrics])}
    milliseconds = pd.DataFrame.from_dict(latency, orient="index").add_prefix("latency_ms_")
    table = pd.DataFrame(columns).join(milliseconds).sort_values(metrics[0], ascending=False)
    return table.rename_axis("encoder").reset_index()
