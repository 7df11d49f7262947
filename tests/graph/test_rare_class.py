"""A target of which few rows are positive, and what weights of classes and focal loss do there."""

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd

FEW = "data.num_samples=400,data.max_length=9,training.max_epochs=1,training.seeds=[0],training.accelerator=cpu"
LITTLE_MEASURED = "latency.seconds=0.01,latency.onnx=false,latency.lengths=[8],latency.scaling_seconds=0.005"


def test_losses_for_rare_classes_are_compared_by_every_metric(kedro: Callable[..., str], project: Path) -> None:
    kedro("run", "--env", "rare_class", "--pipeline", "ablate", "--params", FEW)
    summary = pd.read_parquet(project / "data/08_reporting/rare_class/ablations.parquet")
    assert summary["change"].unique().tolist() == ["as_configured", "balanced", "focal", "balanced_focal"]
    assert summary["encoder"].nunique() == 3
    first = summary["change"] == "as_configured"
    assert summary.loc[first, "difference_log_loss"].isna().all()
    assert summary.loc[~first, "difference_log_loss"].abs().gt(0).all()
    entities = pd.read_parquet(project / "data/01_raw/rare_class/entities.parquet")
    assert entities["target"].sum() == 20


def test_the_main_job_takes_such_a_target(kedro: Callable[..., str], project: Path) -> None:
    command = ["run", "--env", "rare_class", "--pipeline", "train_statistical_aggregation"]
    printed = " ".join(kedro(*command, "--params", f"{FEW},{LITTLE_MEASURED}").split())  # lines are wrapped
    assert "average_precision 0." in printed
    (row, _) = json.loads((project / "data/08_reporting/rare_class/leaderboard.json").read_text())
    assert {"auc", "average_precision", "f1"} <= row.keys()
