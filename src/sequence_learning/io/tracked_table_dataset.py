"""A Parquet table whose numbers are MLflow metrics too."""

import time
from typing import Any

import pandas as pd
from kedro_datasets.pandas import ParquetDataset

MetricHistory = dict[str, list[dict[str, float]]]

_LARGEST_BATCH = 1000  # MLflow's limit


class TrackedTableDataset(ParquetDataset):  # type: ignore[misc]
    """Saves a table with a ``seed`` column to Parquet, and its numeric columns to an MLflow run.

    Args:
        filepath: where the Parquet file goes.
        step: column that counts MLflow's steps, ``epoch`` say. Without one every number is final.
        run_id: MLflow run; the hook ``EncoderRuns`` sets it. Without one, nothing is sent to MLflow.
        metadata: for plugins such as Kedro-Viz.
    """

    def __init__(
        self,
        *,
        filepath: str,
        step: str | None = None,
        run_id: str | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(filepath=filepath, metadata=metadata)
        self._step = step
        self.run_id = run_id

    def save(self, data: pd.DataFrame) -> None:
        """Write the file, then the metrics."""
        super().save(data)
        if self.run_id is not None:
            # Every encoder has the same keys, so that the MLflow UI lays their curves over each other.
            _log(self.run_id, final_metrics(data) if self._step is None else curves(data, self._step))


def _log(run_id: str, history: MetricHistory) -> None:
    """In batches: one by one, thousands of rounds of boosting would take minutes."""
    from mlflow import MlflowClient
    from mlflow.entities import Metric

    client, now = MlflowClient(), int(time.time() * 1000)
    metrics = [
        Metric(name, point["value"], now, int(point["step"])) for name, curve in history.items() for point in curve
    ]
    for start in range(0, len(metrics), _LARGEST_BATCH):
        client.log_batch(run_id, metrics=metrics[start : start + _LARGEST_BATCH])


def curves(table: pd.DataFrame, step: str) -> MetricHistory:
    """By step: the mean of ``column`` over the seeds that got there, and each seed as ``<column>_seed_<seed>``."""
    histories = {}
    for column in _numeric(table).columns.drop(step):
        histories[column] = _curve(table.groupby(step)[column].mean())
        for seed, own in table.groupby("seed"):
            histories[f"{column}_seed_{seed}"] = _curve(own.set_index(step)[column])
    return histories


def final_metrics(table: pd.DataFrame) -> MetricHistory:
    """The mean over seeds as ``<column>``; where they differ, their sample standard deviation as ``<column>_std``."""
    numbers = _numeric(table)
    spreads = numbers.std()
    final = pd.concat([numbers.mean(), spreads[spreads > 0].add_suffix("_std")])
    return {str(name): _curve(pd.Series({0: value})) for name, value in final.items()}


def _numeric(table: pd.DataFrame) -> pd.DataFrame:
    return table.select_dtypes("number").drop(columns="seed")


def _curve(by_step: "pd.Series[float]") -> list[dict[str, float]]:
    # MLflow refuses a NaN on some stores, and a curve has nothing to show there.
    return [{"step": int(step), "value": float(value)} for step, value in by_step.dropna().items()]  # type: ignore[call-overload]
