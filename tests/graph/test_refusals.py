"""Mistakes end before training, with a message that says rule, value and remedy."""

import re
import shutil
from collections.abc import Callable
from html import unescape
from pathlib import Path

import mlflow
import pandas as pd
import pytest
from kedro.validation.exceptions import ParameterValidationError

from sequence_learning.features.errors import DataError
from sequence_learning.hooks.preflight import RunRefusedError
from tests.graph.conftest import run

KedroRun = Callable[..., None]


#: Mistakes, and what is said of each.
MISTYPED = {
    "data": {"num_sample": 50},
    "training": {"learning_rate": -1},
    "encoders": {"gru": {"hidden": 3}, "lstm": {"name": "lstmm"}, "cnn": {"kernel_size": 4}},
    "baselines": {"predict_the_mean": {"mean": 3}},
}
TOLD = (
    "'num_sample'; correct the name: .*num_samples",
    "greater than 0",
    "'hidden'; correct the name: hidden_size",
    "must be registered, got 'lstmm'; use one of: .*gru",
    "must be odd.* got 4; use 5",
    "baseline predict_the_mean: (.|\n)*got 'mean'; .*remove it",
)


def test_mistyped_parameters_are_told_all_at_once(kedro_run: KedroRun) -> None:
    with pytest.raises(ParameterValidationError) as error:
        kedro_run("train_all", MISTYPED)
    assert [message for message in TOLD if not re.search(message, str(error.value))] == []


def test_mistyped_task(kedro_run: KedroRun) -> None:
    message = r"data(.|\n)*a task must be registered, got 'motif'; use one of: .*local_motif"
    with pytest.raises(ParameterValidationError, match=message):
        kedro_run("train_gru", {"data": {"name": "motif"}}, env="known_truth")


def test_task_with_another_kind_of_target_than_the_schema_says(kedro_run: KedroRun, project: Path) -> None:
    with pytest.raises(RunRefusedError, match=r"got 'regression', but the task content_selected draws 'binary'; set"):
        kedro_run("train_gru", {"data": {"target": "binary"}}, env="known_truth")
    assert not (project / "data").exists()


def test_unknown_encoder_in_the_configuration(kedro_run: KedroRun) -> None:
    with pytest.raises(RunRefusedError, match=r"encoder .* registered, got 'perceiver'; .* known are: cnn"):
        kedro_run("train_gru", {"encoders": {"perceiver": {"name": "gru"}}})


def test_encoder_that_the_pipeline_trains_but_the_configuration_lacks(kedro_run: KedroRun, project: Path) -> None:
    (project / "conf/smoke/parameters_encoders.yml").write_text("encoders: {lstm: {name: lstm}}")
    with pytest.raises(RunRefusedError, match=r"must be given, but params:encoders.gru are not; .* replaces the whole"):
        kedro_run("train_gru")


def test_unknown_block_of_parameters(kedro_run: KedroRun) -> None:
    with pytest.raises(RunRefusedError, match=r"got 'trainning'; .* training"):
        kedro_run("train_gru", {"trainning": {"max_epochs": 3}})


def test_missing_column(kedro_run: KedroRun, project: Path) -> None:
    with pytest.raises(DataError, match=r"entities has no column 'revenue'; correct schema\.target"):
        kedro_run("train_gru", {"schema": {"target": "revenue"}})
    assert not list(project.glob("data/06_models/**/*.safetensors"))
    states = {r.info.status for r in mlflow.search_runs(search_all_experiments=True, output_format="list")}
    assert states == {"FAILED"}


def test_bad_tables_are_told_all_at_once_and_leave_nothing_behind(kedro_run: KedroRun, project: Path) -> None:
    kedro_run("data_generation")
    raw = project / "data/01_raw/smoke"
    entities, events = (pd.read_parquet(raw / f"{name}.parquet") for name in ("entities", "events"))
    entities["target"] = entities["target"].where(entities["id"] > 2)
    entities["segment"] = "a"
    entities.to_parquet(raw / "entities.parquet")
    events.assign(channel_0=float("inf")).to_parquet(raw / "events.parquet")
    with pytest.raises(DataError) as error:
        kedro_run("feature_preparation")
    lines = str(error.value).splitlines()
    assert [line.split(";")[0] for line in lines[:2]] == [
        "the tables break 2 rules:",
        "  entities 'target' must not be missing, but 3 rows break it (ids 0, 1, 2)",
    ]
    assert lines[2].startswith("  events 'channel_0' must be finite")
    assert lines[4].startswith("  entities 'segment' should vary")
    assert {path.parent for path in (project / "data").rglob("*") if path.is_file()} == {raw}


def test_warnings_are_kept_printed_and_shown(finished: tuple[Path, str], kedro_run: KedroRun, project: Path) -> None:
    shutil.copytree(finished[0] / "data", project / "data")
    file = project / "data/01_raw/smoke/entities.parquet"
    pd.read_parquet(file).assign(segment="a").to_parquet(file)
    first = run(project, "-m", "kedro", "run", "--env", "smoke", "--nodes", "split_rows")
    told = "entities 'segment' should vary, but it is always a; remove it, as it tells nothing"
    assert first.returncode == 0, first.stderr
    assert " ".join((first.stdout + first.stderr).split()).count(told) == 1
    (row,) = pd.read_parquet(project / "data/08_reporting/smoke/data_problems.parquet").to_dict("records")
    assert row == {
        "severity": "warning", "rule": "should vary", "table": "entities", "column": "segment",
        "found": "it is always a", "rows": 0, "ids": "", "remedy": "remove it, as it tells nothing",
    }  # fmt: skip
    kedro_run("train_all", node_names=["write_report"])
    html = unescape((project / "data/08_reporting/smoke/report.html").read_text("utf-8"))
    assert "1 rule is broken, but not so that it stops a run" in html
    assert "it is always a" in html


def test_output_folder_that_cannot_be_written(kedro_run: KedroRun, project: Path) -> None:
    (project / "data").write_text("a file where the folder should be")
    with pytest.raises(RunRefusedError, match=r"must be able to write .*data/01_raw.* refuses .*can be written"):
        kedro_run("data_generation")


def test_an_unknown_environment_and_a_parameter_out_of_bounds_are_told_once_without_a_traceback(project: Path) -> None:
    unknown = run(project, "-m", "kedro", "run", "--env", "yours")
    outside = run(project, "-m", "kedro", "run", "--env", "smoke", "--params", "training.batch_size=1")
    for refused, said in (
        (unknown, "Error: an environment must be a folder of conf/, got 'yours'; make conf/yours"),
        (outside, "Input should be greater than or equal to 2"),
    ):
        printed = refused.stdout + refused.stderr
        assert refused.returncode == 1
        assert printed.count(said) == 1
        assert "Traceback" not in printed
        assert "errors.pydantic.dev" not in printed
