"""The pipeline ``benchmark``, which needs no data: that it measures, not what."""

import json
from collections.abc import Callable
from pathlib import Path

import mlflow
import pandas as pd
import pytest


def test_a_benchmark_leaves_its_figures(
    kedro_run: Callable[..., None], project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kedro_run("benchmark", {"benchmark": {"encoders": ["statistical_aggregation"]}})
    reporting = project / "data/08_reporting/smoke"
    table = pd.read_parquet(reporting / "benchmark.parquet")
    lengths = ["fixed_length", "variable_length", "no_sequences"]
    cases = [*lengths, "memory_fixed_length", "memory_variable_length", "bf16"]
    assert table["case"].tolist() == cases
    assert (table[["ratio", "lowest", "highest"]] >= 0).all(axis=None)
    assert [row["case"] for row in json.loads((reporting / "benchmark.json").read_text())] == cases
    pool = json.loads((reporting / "benchmark_pool.json").read_text())
    assert pool["fits"] == 1
    assert pool["speed_up"]["verdict"] in {"met", "missed"}
    assert json.loads((reporting / "benchmark_plot.json").read_text())["data"]
    assert "| statistical aggregation |" in (reporting / "benchmark.md").read_text(encoding="utf-8")
    printed = capsys.readouterr().out
    assert "Training beside a plain PyTorch loop" in printed
    assert "Queue of 1 fits" in printed
    assert "plain loop without sequences" in printed
    (run,) = mlflow.search_runs(search_all_experiments=True, output_format="list")
    logged = {file.path for file in mlflow.MlflowClient().list_artifacts(run.info.run_id)}
    assert {"benchmark.json", "benchmark_pool.json", "benchmark_plot.html"} <= logged
