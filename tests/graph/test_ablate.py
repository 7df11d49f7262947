"""The run that measures changes to the configuration."""

from collections.abc import Callable
from pathlib import Path

import mlflow
import pandas as pd


def test_ablations_are_measured_written_and_tracked(kedro_run: Callable[..., None], project: Path) -> None:
    kedro_run("ablate", {"ablations": {"run": "fusion"}, "training": {"max_epochs": 1, "seeds": [0]}})
    summary = pd.read_parquet(project / "data/08_reporting/smoke/ablations.parquet")
    assert set(summary["group"]) == {"fusion"}
    assert summary["change"].tolist() == ["as_configured", "film"] * 2
    run = mlflow.search_runs(search_all_experiments=True, output_format="list")[0]
    files = {file.path for file in mlflow.MlflowClient().list_artifacts(run.info.run_id)}
    assert {"ablations.json", "ablations_plot.html"} <= files
