"""Score against the number of training rows."""

import pandas as pd

from sequence_learning.diagnosis.matrix import CLOSE, half_width
from sequence_learning.diagnosis.parameters import CurvesParameters
from sequence_learning.diagnosis.plan import Bench
from sequence_learning.diagnosis.trial import Trial


def plan_curves(bench: Bench, parameters: CurvesParameters) -> list[Trial]:
    """Some encoders on some tasks with few and with many training rows; test rows stay as many."""
    trials = []
    for task, sizes in parameters.tasks.items():
        for n_rows in sizes:
            rows, as_many_steps = bench.sized(n_rows)
            for encoder in parameters.encoders:
                trials += bench.trials(bench.plain(task), encoder, as_many_steps, rows=rows)
    return trials


def summarise_curves(results: pd.DataFrame) -> pd.DataFrame:
    """One row per task, size and encoder: ``attained`` and half its 95% interval over seeds, and seconds of a fit."""
    grouped = results.groupby(["task", "train_rows", "model"], sort=False)
    return pd.DataFrame(
        {
            "attained": grouped["attained"].mean(),
            "attained_interval": grouped["attained"].agg(half_width),
            "fit_seconds": grouped["fit_seconds"].mean(),
            "seeds": grouped.size(),
        }
    ).reset_index()


def advise(curves: pd.DataFrame, margin: float = CLOSE) -> pd.DataFrame:
    """For each task and size at which anything can be attained, what to use.

    Returns:
        ``task``, ``train_rows``, ``use`` (the quickest to train of those within ``margin`` points of the best),
        ``attained`` of it, ``best`` and ``best_attained``.
    """
    known = curves[curves["attained"].notna()]
    return pd.DataFrame(
        [
            {"task": task, "train_rows": n_rows} | _advise(group, margin)
            for (task, n_rows), group in known.groupby(["task", "train_rows"], sort=False)
        ]
    )


def _advise(models: pd.DataFrame, margin: float) -> dict[str, object]:
    near = models[models["attained"] >= models["attained"].max() - margin]
    use, best = (
        rows.sort_values(by, ascending=ascending).iloc[0]
        for rows, by, ascending in ((near, "fit_seconds", True), (models, "attained", False))
    )
    return {
        "use": use["model"],
        "attained": use["attained"],
        "best": best["model"],
        "best_attained": best["attained"],
    }
