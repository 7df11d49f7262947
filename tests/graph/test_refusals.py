"""Mistakes end before training, with a message that says rule, value and remedy."""

from collections.abc import Callable
from pathlib import Path

import mlflow
import pandas as pd
import pytest
from kedro.validation.exceptions import ParameterValidationError

from sequence_learning.features.errors import DataError
from sequence_learning.hooks.preflight import RunRefusedError

KedroRun = Callable[..., None]


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"data": {"num_sample": 50}}, r"'num_sample'; correct the name: .*num_samples"),
        ({"training": {"learning_rate": -1}}, "greater than 0"),
        ({"encoders": {"gru": {"hidden": 3}}}, r"'hidden'; correct the name: hidden_size"),
        ({"encoders": {"gru": {"name": "gruu"}}}, "must be registered, got 'gruu'; use one of: .*gru"),
        ({"encoders": {"cnn": {"kernel_size": 4}}}, None),
        (
            {"baselines": {"predict_the_mean": {"mean": 3}}},
            r"baseline predict_the_mean: (.|\n)*got 'mean'; .*remove it",
        ),
    ],
)
def test_mistyped_parameter(kedro_run: KedroRun, parameters: dict[str, object], message: str | None) -> None:
    pipeline = "train_gru" if message else "train_cnn"
    with pytest.raises(ParameterValidationError, match=message or "must be odd.* got 4; use 5"):
        kedro_run(pipeline, parameters)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"name": "motif"}, r"data(.|\n)*a task must be registered, got 'motif'; use one of: .*local_motif"),
        ({"sharpnes": 2}, r"task content_selected(.|\n)*got 'sharpnes'; correct the name: .*sharpness"),
    ],
)
def test_mistyped_task(kedro_run: KedroRun, data: dict[str, object], message: str) -> None:
    with pytest.raises(ParameterValidationError, match=message):
        kedro_run("train_gru", {"data": data}, env="known_truth")


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


@pytest.mark.parametrize("kind", ["empty", "missing target"])
def test_bad_table(kedro_run: KedroRun, project: Path, kind: str) -> None:
    kedro_run("data_generation")
    file = project / "data/01_raw/smoke/entities.parquet"
    table = pd.read_parquet(file)
    table = table.iloc[:0] if kind == "empty" else table.assign(target=table["target"].where(table["id"] > 2))
    table.to_parquet(file)
    message = "entities has none" if kind == "empty" else r"'target' must not be missing, but 3 rows .*ids 0, 1, 2"
    with pytest.raises(DataError, match=message):
        kedro_run("feature_preparation")


def test_output_folder_that_cannot_be_written(kedro_run: KedroRun, project: Path) -> None:
    (project / "data").write_text("a file where the folder should be")
    with pytest.raises(RunRefusedError, match=r"must be able to write .*data/01_raw.* refuses .*make it writable"):
        kedro_run("data_generation")
