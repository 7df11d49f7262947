import ctypes
import shutil
from contextlib import nullcontext
from pathlib import Path

import pandas as pd
import pytest
from kedro.framework.project import configure_project
from kedro.io import DataCatalog, MemoryDataset, Version
from kedro.pipeline import Node, Pipeline
from kedro_datasets.pandas import ParquetDataset

from sequence_learning.hooks.preflight import (
    RunRefusedError,
    check_kind_of_target,
    check_libraries,
    check_loss,
    check_output_files,
    check_output_folders,
    check_parameter_names,
    check_parameters_are_given,
    check_runner,
    check_times_are_given,
    check_tuned,
    local_files,
)
from sequence_learning.io.fit_store_dataset import FitStoreDataset
from sequence_learning.pipeline_registry import register_pipelines
from sequence_learning.tuning.errors import TuningError
from tests.builders import make_training


def _same(table: pd.DataFrame) -> pd.DataFrame:
    return table


def _second(first: object, second: object) -> object:
    return second


@pytest.fixture
def pipeline() -> Pipeline:
    return Pipeline([Node(_same, "raw", "written", name="same")])


@pytest.fixture
def catalog(tmp_path: Path) -> DataCatalog:
    written = ParquetDataset(filepath=str(tmp_path / "new" / "table.parquet"))
    return DataCatalog({"raw": MemoryDataset(), "written": written})


@pytest.fixture
def _project() -> None:
    configure_project("sequence_learning")


@pytest.mark.usefixtures("_project")
def test_known_names_pass() -> None:
    baselines = {name: {"name": name} for name in ("predict_the_mean", "lightgbm_tabular")}
    check_parameter_names({"data": {}, "encoders": {"gru": {"name": "gru"}}, "baselines": baselines})


@pytest.mark.usefixtures("_project")
def test_a_misspelt_baseline_is_refused_with_the_known_ones() -> None:
    message = r"every baseline .* registered, got 'lightgbm'; .* known are: lightgbm_aggregates, .*predict_the_mean"
    with pytest.raises(RunRefusedError, match=message):
        check_parameter_names({"baselines": {"lightgbm": {"name": "lightgbm_tabular"}}})


def test_a_run_without_the_libraries_of_lightgbm_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(file: str) -> None:
        assert "lib_lightgbm" in file
        raise OSError("libgomp.so.1: cannot open shared object file")

    monkeypatch.setattr(ctypes, "CDLL", refuse)
    pipelines = register_pipelines()
    for name in ("train_gru", "train_predict_the_mean", "feature_preparation"):
        check_libraries(pipelines[name])
    for name in ("train_all", "train_lightgbm_tabular", "evaluation"):
        with pytest.raises(RunRefusedError, match=r"must find its libraries.*libgomp.so.1.*brew install libomp"):
            check_libraries(pipelines[name])


def test_local_files_are_those_of_file_datasets(catalog: DataCatalog, tmp_path: Path) -> None:
    assert local_files(["raw", "written"], catalog) == {"written": tmp_path / "new" / "table.parquet"}


@pytest.mark.parametrize("time", [None, "day"])
def test_weights_in_time_need_the_time_of_events(time: str | None) -> None:
    schema = {"id": "id", "target": "y", "task": "binary", "order": "day", "channels": ["x"], "time": time}
    encoder = {"name": "learned_decay", "unit": "time", "shortest": 1, "longest": 30}
    catalog = DataCatalog(
        {"params:schema": MemoryDataset(schema), "params:encoders.learned_decay": MemoryDataset(encoder)}
    )
    pipeline = Pipeline([Node(_second, ["params:encoders.learned_decay", "params:schema"], "out", name="train")])
    if time:
        check_times_are_given(pipeline, catalog)
    else:
        with pytest.raises(
            RunRefusedError, match=r"encoders\.learned_decay does and schema\.time is not set; name the"
        ):
            check_times_are_given(pipeline, catalog)


@pytest.mark.parametrize(
    ("data", "kind", "refused"),
    [
        ({"source": "task", "name": "order_free"}, "regression", None),
        ({"source": "task", "name": "order_free"}, "binary", "got 'binary', .* draws 'regression'; set"),
        ({"source": "task", "name": "order_free", "target": "binary"}, "binary", None),
        ({"source": "task", "name": "order_free", "target": "binary"}, "multiclass", "got 'multiclass', .* 'binary'"),
        ({"source": "flights", "num_samples": 10, "hours": 2, "lag": 1, "seed": 0}, "binary", None),
    ],
)
def test_a_task_draws_the_kind_of_target_that_the_schema_names(
    data: dict[str, object], kind: str, refused: str | None
) -> None:
    schema = {"id": "id", "target": "target", "task": kind, "order": "step", "channels": ["channel_*"]}
    catalog = DataCatalog({"params:data": MemoryDataset(data), "params:schema": MemoryDataset(schema)})
    pipeline = Pipeline([Node(_second, ["params:data", "params:schema"], "out", name="generate")])
    with pytest.raises(RunRefusedError, match=refused) if refused else nullcontext():
        check_kind_of_target(pipeline, catalog)


def test_folders_are_made_and_left_empty(pipeline: Pipeline, catalog: DataCatalog, tmp_path: Path) -> None:
    check_output_folders(pipeline, catalog)
    assert list((tmp_path / "new").iterdir()) == []


def test_full_disk_is_refused(pipeline: Pipeline, catalog: DataCatalog, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage("/")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=5 * 2**20))
    with pytest.raises(RunRefusedError, match=r"at least 200 MiB .* has 5 MiB; free some"):
        check_output_folders(pipeline, catalog)


def test_read_only_folder_is_refused(pipeline: Pipeline) -> None:
    # Not even root may write here.
    catalog = DataCatalog({"written": ParquetDataset(filepath="/proc/1/nowhere/table.parquet")})
    with pytest.raises(RunRefusedError, match=r"must be able to write .*/proc/1/nowhere refuses .*can be written"):
        check_output_folders(pipeline, catalog)


def test_a_folder_in_place_of_a_file_is_refused(pipeline: Pipeline, catalog: DataCatalog, tmp_path: Path) -> None:
    check_output_files(pipeline, catalog)
    (tmp_path / "new" / "table.parquet").mkdir(parents=True)
    with pytest.raises(RunRefusedError, match=r"where written is to be there is a folder, .*table.parquet; move it"):
        check_output_files(pipeline, catalog)
    fits = tmp_path / "fits"
    fits.touch()
    store = Pipeline([Node(_same, "fits", "kept", name="same")])
    with pytest.raises(RunRefusedError, match=r"fits is a folder, but where it is to be there is a file, .*; move it"):
        check_output_files(store, DataCatalog({"fits": FitStoreDataset(filepath=str(fits)), "kept": MemoryDataset()}))
    versions = ParquetDataset(filepath=str(tmp_path / "new" / "table.parquet"), version=Version(None, None))
    check_output_files(pipeline, DataCatalog({"raw": MemoryDataset(), "written": versions}))


@pytest.mark.parametrize(
    ("task", "training", "refused"),
    [
        (
            "regression",
            {"class_weights": "balanced"},
            "are for classes, got a regression target; use standard",
        ),
        ("binary", {"loss": "huber"}, "is for numbers, got classes as target; use standard or focal"),
        ("binary", {"class_weights": "balanced", "loss": "focal"}, None),
    ],
)
def test_a_loss_for_another_kind_of_target_is_refused(
    task: str, training: dict[str, object], refused: str | None
) -> None:
    schema = {"id": "id", "target": "target", "task": task, "order": "step", "channels": ["channel_*"]}
    given = make_training(**training).model_dump()
    catalog = DataCatalog({"params:training": MemoryDataset(given), "params:schema": MemoryDataset(schema)})
    pipeline = Pipeline([Node(_second, ["params:training", "params:schema"], "out", name="fit")])
    with pytest.raises(RunRefusedError, match=refused) if refused else nullcontext():
        check_loss(pipeline, catalog)


@pytest.mark.usefixtures("_project")
def test_models_that_are_not_tuned_are_refused_where_tuned_options_are_used() -> None:
    def check(train: str, *, use: bool, tuned: tuple[str, ...]) -> None:
        tuning, found = MemoryDataset({"use": use}), MemoryDataset({model: {} for model in tuned})
        catalog = DataCatalog({"params:tuning": tuning, "tuned_parameters": found})
        check_tuned(register_pipelines()[train], catalog)

    check("train_gru", use=True, tuned=("gru",))
    check("train_gru", use=False, tuned=())
    check("feature_preparation", use=True, tuned=())
    with pytest.raises(
        TuningError, match=r"no search has tuned gru \(tuned are: lstm\); run .* tune .* with tuning.models null"
    ):
        check("train_gru", use=True, tuned=("lstm",))
    with pytest.raises(
        TuningError, match=r"has tuned tabular_only, statistical_aggregation, .*, lightgbm_tabular.* \(tuned are: gru\)"
    ):
        check("train_all", use=True, tuned=("gru",))


def test_threads_are_refused() -> None:
    check_runner("SequentialRunner")
    with pytest.raises(RunRefusedError, match="must not share a process, got ThreadRunner; use the default runner"):
        check_runner("ThreadRunner")


@pytest.mark.usefixtures("_project")
@pytest.mark.parametrize(
    ("kind", "block", "name"), [("encoders", "gru", "lstm"), ("baselines", "lightgbm_tabular", "lightgbm_aggregates")]
)
def test_a_block_that_bears_anothers_name_is_refused(kind: str, block: str, name: str) -> None:
    with pytest.raises(RunRefusedError, match=rf"got {kind}.{block}.name = '{name}'; write '{block}'"):
        check_parameter_names({kind: {block: {"name": name}}})


def test_missing_parameters_are_refused(catalog: DataCatalog) -> None:
    pipeline = Pipeline([Node(_same, "params:encoders.gru", "written", name="same")])
    with pytest.raises(RunRefusedError, match=r"but params:encoders.gru are not; add them to conf/"):
        check_parameters_are_given(pipeline, catalog)
