"""The main job on a task with known truth."""

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd

TINY = (
    "data.name=running_state,data.num_samples=100,data.max_length=9,training.max_epochs=1,training.seeds=[0],"
    "training.accelerator=cpu,latency.seconds=0.01,latency.lengths=[8],latency.scaling_seconds=0.005"
)


def test_the_leaderboard_stands_beside_what_is_attainable(kedro: Callable[..., str], project: Path) -> None:
    command = ["run", "--env", "known_truth", "--pipeline", "train_statistical_aggregation", "--params", TINY]

    printed = " ".join(kedro(*command).split())  # lines are wrapped
    assert "in expectation, is r2 0.900, see sequence_learning.tasks.running_state" in printed
    leaderboard = json.loads((project / "data/08_reporting/known_truth/leaderboard.json").read_text())
    assert {row["encoder"] for row in leaderboard} == {"statistical_aggregation", "predict_the_mean"}
    reporting = project / "data/08_reporting/known_truth"
    assert "<h2>Certificates</h2>" in (reporting / "report.html").read_text(encoding="utf-8")
    assert pd.read_parquet(reporting / "encoder_certificates.parquet")["holds"].all()
    assert set(pd.read_parquet(reporting / "latency.parquet")["runtime"]) == {"eager", "onnx"}
