"""The pipelines ``diagnose`` and ``claims``, which need no data."""

import json
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mlflow
import pandas as pd
import pytest
import yaml
from pandas.testing import assert_frame_equal

from sequence_learning.diagnosis.claims import CLAIMS
from sequence_learning.io.result_store import ResultStore

from .conftest import environment
from .preloaded import Preloaded

#: In this process, one after the other.
QUICK = {"training": {"n_workers": 1}}
TASKS = ("position_profile", "pure_noise")
MODELS = ("statistical_aggregation", "learned_static_positional_weighting")


@pytest.fixture
def reporting(project: Path) -> Path:
    return project / "data/08_reporting/smoke"


def cut_down(project: Path, **diagnosis: Any) -> None:
    """Two models on two tasks: blocks of parameters can be added to on the command line, not taken from."""
    file = project / "conf/smoke/parameters.yml"
    parameters = yaml.safe_load(file.read_text())
    parameters["encoders"] = {name: {"name": name} for name in MODELS}
    parameters["diagnosis"] |= {"tasks": {name: {} for name in TASKS}, "variants": {}} | diagnosis
    file.write_text(yaml.safe_dump(parameters, sort_keys=False))


@pytest.fixture
def _two_models_on_two_tasks(project: Path) -> None:
    cut_down(project, seeds=[0], training={"max_epochs": 1})


def logged() -> set[str]:
    (run,) = mlflow.search_runs(search_all_experiments=True, output_format="list")
    assert run.info.status == "FINISHED"
    return {file.path for file in mlflow.MlflowClient().list_artifacts(run.info.run_id)}


def read_json(file: Path) -> Any:
    return json.loads(file.read_text())


@pytest.mark.usefixtures("_two_models_on_two_tasks")
def test_a_diagnosis_leaves_its_tables_and_figures(
    kedro_run: Callable[..., None], project: Path, reporting: Path
) -> None:
    kedro_run("diagnose", QUICK)
    results = pd.read_parquet(reporting / "diagnosis_results.parquet")
    expected = [(task, model) for task in TASKS for model in MODELS]
    assert list(results[["task", "model"]].itertuples(index=False, name=None)) == expected
    assert results["attained"].notna().tolist() == [True, True, False, False]
    matrix = pd.read_parquet(reporting / "diagnosis_matrix.parquet")
    assert list(matrix[["task", "model"]].itertuples(index=False, name=None)) == expected
    assert [row["model"] for row in read_json(reporting / "diagnosis_matrix.json")] == [*MODELS, *MODELS]
    assert [row["task"] for row in read_json(reporting / "diagnosis_verdicts.json")] == list(TASKS)
    (explanation,) = read_json(reporting / "diagnosis_explanations.json")
    assert (explanation["model"], len(explanation["learned"]), len(explanation["true"])) == (MODELS[1], 10, 10)
    for figure in ("diagnosis_plot", "explanations_plot"):
        assert read_json(reporting / f"{figure}.json")["data"]
    ranks = read_json(reporting / "critical_differences_plot.json")
    assert "at least 3 data sets" in ranks["layout"]["annotations"][0]["text"]  # there is one to attain anything on
    assert len(list((project / "data/07_model_output/smoke/trials").glob("*.json"))) == 4
    assert logged() >= {
        "diagnosis_matrix.json",
        "diagnosis_verdicts.json",
        "diagnosis_explanations.json",
        "critical_differences_plot.html",
        "diagnosis_plot.html",
        "explanations_plot.html",
    }


@pytest.mark.usefixtures("_two_models_on_two_tasks")
def test_a_diagnosis_that_was_stopped_goes_on_where_it_was(
    kedro_run: Callable[..., None], project: Path, reporting: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trials = project / "data/07_model_output/smoke/trials"
    write = ResultStore.write
    written: list[str] = []

    def keep(store: ResultStore, key: str, result: dict[str, Any]) -> None:
        written.append(key)
        write(store, key, result)

    def keep_two(store: ResultStore, key: str, result: dict[str, Any]) -> None:
        if len(written) == 2:
            raise OSError("the disk is full")
        keep(store, key, result)

    monkeypatch.setattr(ResultStore, "write", keep_two)
    with pytest.raises(OSError, match="the disk is full"):
        kedro_run("diagnose", QUICK)
    assert not (reporting / "diagnosis_results.parquet").exists()
    before = {file: file.stat().st_mtime_ns for file in trials.glob("*.json")}
    assert len(before) == 2

    monkeypatch.setattr(ResultStore, "write", keep)
    kedro_run("diagnose", QUICK)
    assert len(written) == len(set(written)) == 4
    assert {file: file.stat().st_mtime_ns for file in before} == before
    continued = pd.read_parquet(reporting / "diagnosis_results.parquet")

    shutil.rmtree(trials)
    kedro_run("diagnose", QUICK)
    assert len(written) == 8
    undisturbed = pd.read_parquet(reporting / "diagnosis_results.parquet")
    assert_frame_equal(
        continued.drop(columns=["fit_seconds", "samples_per_second"]),
        undisturbed.drop(columns=["fit_seconds", "samples_per_second"]),
    )


def test_a_diagnosis_that_was_killed_goes_on_where_it_was(
    kedro: Callable[..., str], project: Path, reporting: Path, tmp_path: Path
) -> None:
    """The same command again, after ``kill -9`` while it trained."""
    cut_down(project, seeds=list(range(6)))
    n_trials = len(TASKS) * len(MODELS) * 6
    overrides = "diagnosis.training.max_epochs=8,training.n_workers=1"
    command = ("run", "--pipeline", "diagnose", "--env", "smoke", "--params", overrides)
    trials = project / "data/07_model_output/smoke/trials"

    log = tmp_path / "killed.log"
    killed = Preloaded(["-m", "kedro", *command], project, environment(), log, log)
    try:
        deadline = time.monotonic() + 200
        while len(list(trials.glob("*.json"))) < 3 and killed.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
    finally:
        killed.kill()
    assert killed.wait(20) == -signal.SIGKILL, log.read_text()
    before = {file: (file.stat().st_mtime_ns, file.read_text()) for file in trials.glob("*.json")}
    assert 3 <= len(before) < n_trials
    assert not (reporting / "diagnosis_results.parquet").exists()

    kedro(*command)
    assert {file: (file.stat().st_mtime_ns, file.read_text()) for file in before} == before
    assert len(list(trials.glob("*.json"))) == n_trials
    results = pd.read_parquet(reporting / "diagnosis_results.parquet")
    assert set(results["key"]) == {file.stem for file in trials.glob("*.json")}
    assert results["score"].notna().all()


def test_claims_leave_their_verdicts_and_curves(kedro_run: Callable[..., None], project: Path, reporting: Path) -> None:
    least = {
        "diagnosis": {"seeds": [0], "training": {"max_epochs": 1}},
        "claims": {
            "receptive_fields": [3, 5],
            "long": {"change": {"training": {"max_epochs": 1}}},
            "timing": {"seconds": 0.0001},
        },
    }
    kedro_run("claims", QUICK | least)
    claims = pd.read_parquet(reporting / "claims.parquet")
    assert claims["claim"].tolist() == [claim.statement for claim in CLAIMS]
    assert set(claims["verdict"]) <= {"confirmed", "not confirmed", "depends"}
    assert claims["figure"].str.contains(r"\d").all()
    (outliers,) = (row for row in read_json(reporting / "claims.json") if "outliers" in row["claim"])
    assert "root mean squared error grows" in outliers["figure"]
    curves = pd.read_parquet(reporting / "sample_size_curves.parquet")
    assert curves[["train_rows", "model"]].to_numpy().tolist() == [
        [rows, model] for rows in (60, 120) for model in ("statistical_aggregation", "gru")
    ]
    assert [row["train_rows"] for row in read_json(reporting / "sample_size_advice.json")] == [60, 120]
    assert read_json(reporting / "sample_size_plot.json")["data"]
    assert {"claims.json", "sample_size_advice.json", "sample_size_plot.html"} <= logged()
