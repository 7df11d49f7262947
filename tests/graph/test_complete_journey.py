"""The main job on baskets: sequences of many lengths with times of their own, missing demographics, groups."""

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd

TINY = (
    "data.num_households=40,training.max_epochs=1,training.seeds=[0],training.accelerator=cpu,"
    "latency.seconds=0.01,latency.onnx=false,latency.lengths=[8],latency.scaling_seconds=0.005,report.certificates=false"
)


def test_the_shipped_environment_ends_with_a_decision(kedro: Callable[..., str], project: Path) -> None:
    command = ["run", "--env", "complete_journey", "--pipeline", "train_learned_decay", "--params", TINY]

    assert "Test r2" in kedro(*command)
    data = project / "data"
    assert (data / "08_reporting/complete_journey/decision.json").exists()
    # One unit per household, whatever the number of its rows.
    split = pd.read_parquet(data / "03_primary/complete_journey/split.parquet")
    test = split[split["part"] == "test"]
    assert test["unit"].nunique() <= 40 < len(test)
    fitted = json.loads((data / "04_feature/complete_journey/feature_transformer.json").read_text())
    assert set(fitted["event_time"]["scalers"]) == {"delta", "age"}
