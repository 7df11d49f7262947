"""What may be run where tables are a user's own, and how they are read."""

from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from deltalake import write_deltalake
from kedro.io import DataCatalog, MemoryDataset, SharedMemoryDataCatalog
from kedro.pipeline import Pipeline

from sequence_learning.config_loader import OverridingConfigLoader
from sequence_learning.features.events import is_stream
from sequence_learning.hooks.own_tables import (
    check_credentials,
    check_draft_is_new,
    check_paths,
    check_schema_is_own,
    check_tables_are_kept,
    read_tables,
)
from sequence_learning.hooks.refusal import RunRefusedError
from sequence_learning.hooks.secrets import secrets_of
from sequence_learning.pipeline_registry import register_pipelines
from tests.databases import Database, postgres
from tests.shop import make_shop

OWN = "entities: {type: pandas.CSVDataset, filepath: data/a.csv}"
SCHEMA = "schema: {id: customer}"


@pytest.fixture(scope="module")
def pipelines() -> dict[str, Pipeline]:
    return register_pipelines()


@pytest.fixture
def conf(tmp_path: Path) -> Path:
    for name in ("base", "local", "mine"):
        (tmp_path / name).mkdir()
    (tmp_path / "base/globals.yml").write_text("data_name: synthetic")
    (tmp_path / "base/parameters.yml").write_text("schema: {id: id}")
    (tmp_path / "base/catalog.yml").write_text("report: {type: text.TextDataset, filepath: data/report.html}")
    return tmp_path


def _loader(conf: Path, environment: str | None = "mine", **parameters: Any) -> OverridingConfigLoader:
    return OverridingConfigLoader(
        conf_source=str(conf), env=environment, base_env="base", default_run_env="local", runtime_params=parameters
    )


@pytest.mark.parametrize(
    ("path", "refused"),
    [
        ("data/01_raw/mine/a.csv", False),
        ("data/../data/a.csv", False),
        ("/srv/tables/a.csv", False),
        ("s3://bucket/../a.csv", False),
        ("../a.csv", True),
        ("data/../../a.csv", True),
        ("data/../../project-of-another/a.csv", True),
    ],
)
def test_relative_paths_stay_inside_the_project(path: str, refused: bool) -> None:
    for block in ({"type": "pandas.CSVDataset", "filepath": path}, {"dataset": {"filepath": path}}, {"path": path}):
        message = rf"must stay inside the project, got '{path}' in events; move .* or write the path from the root"
        with pytest.raises(RunRefusedError, match=message) if refused else nullcontext():
            check_paths({"entities": {"filepath": "data/b.csv"}, "events": block}, Path("/srv/project"))


def test_credentials_that_are_named_must_be_given() -> None:
    catalog = {
        "entities": {"type": "pandas.SQLTableDataset", "credentials": "shop"},
        "events": {"credentials": {"a": 1}},
    }
    check_credentials(catalog, {"shop": {"con": "sqlite://"}}, "conf/mine")
    with pytest.raises(RunRefusedError, match=r"entities names 'shop' .*; write it into conf/mine/credentials\.yml"):
        check_credentials(catalog, {}, "conf/mine")


@pytest.mark.parametrize("pipeline", ["train_all", "data_generation", "train_gru", "ablate"])
def test_tables_of_ones_own_are_never_drawn_over(conf: Path, pipelines: dict[str, Pipeline], pipeline: str) -> None:
    check_tables_are_kept(pipelines[pipeline], _loader(conf))
    (conf / "mine/catalog.yml").write_text(OWN)
    message = r"must not overwrite .* drawing data into entities of conf/mine; .*--pipeline compare"
    with pytest.raises(RunRefusedError, match=message):
        check_tables_are_kept(pipelines[pipeline], _loader(conf))
    check_tables_are_kept(
        pipelines[pipeline].from_nodes("split_rows") if pipeline != "data_generation" else pipelines["compare"],
        _loader(conf),
    )


@pytest.mark.parametrize(
    ("environment", "files"),
    [
        ("local", {"local/catalog.yml": OWN}),
        ("mine", {"mine/catalog.yml": OWN, "mine/globals.yml": "data_name: synthetic"}),
        ("synthetic", {"synthetic/catalog.yml": OWN}),
    ],
)
def test_results_of_own_tables_never_replace_those_of_the_synthetic_ones(
    conf: Path, pipelines: dict[str, Pipeline], environment: str, files: dict[str, str]
) -> None:
    (conf / "synthetic").mkdir()
    for name, text in files.items():
        (conf / name).write_text(text)
    message = rf"must not replace those of the base .* conf/{environment} names entities and .* 'synthetic'; move"
    with pytest.raises(RunRefusedError, match=message):
        check_tables_are_kept(pipelines["compare"], _loader(conf, environment))
    check_tables_are_kept(pipelines["certify"], _loader(conf, environment))


def test_own_tables_need_a_schema_of_their_own(conf: Path, pipelines: dict[str, Pipeline]) -> None:
    check_schema_is_own(pipelines["compare"], _loader(conf))
    (conf / "mine/catalog.yml").write_text(OWN)
    message = r"conf/mine has no block schema .*; draft one: kedro run --pipeline draft_schema --env mine"
    with pytest.raises(RunRefusedError, match=message):
        check_schema_is_own(pipelines["compare"], _loader(conf))
    check_schema_is_own(pipelines["draft_schema"], _loader(conf))
    with pytest.raises(RunRefusedError, match=message):  # the rest would be that of the synthetic tables
        check_schema_is_own(pipelines["compare"], _loader(conf, schema={"id": "customer"}))
    whole = {"id": "customer", "target": "churned", "task": "binary", "order": "day", "channels": ["amount"]}
    check_schema_is_own(pipelines["compare"], _loader(conf, schema=whole))
    (conf / "mine/parameters_schema.yml").write_text(SCHEMA)
    check_schema_is_own(pipelines["compare"], _loader(conf))


def test_a_draft_never_replaces_a_schema(conf: Path, pipelines: dict[str, Pipeline]) -> None:
    check_draft_is_new(pipelines["draft_schema"], _loader(conf))
    (conf / "mine/parameters.yml").write_text(SCHEMA)
    check_draft_is_new(pipelines["compare"], _loader(conf))
    with pytest.raises(RunRefusedError, match="must not replace a schema, but conf/mine has one; edit it, or delete"):
        check_draft_is_new(pipelines["draft_schema"], _loader(conf))


@pytest.mark.parametrize("environment", [None, "base"])
def test_a_draft_needs_an_environment(conf: Path, pipelines: dict[str, Pipeline], environment: str | None) -> None:
    with pytest.raises(RunRefusedError, match=r"of your own, got .*; make a folder conf/<name> .* add --env <name>"):
        check_draft_is_new(pipelines["draft_schema"], _loader(conf, environment))


# Reading, format by format.


@pytest.fixture(scope="module")
def shop() -> tuple[pd.DataFrame, pd.DataFrame]:
    return make_shop(60)


@pytest.fixture(scope="module")
def database(shop: tuple[pd.DataFrame, pd.DataFrame]) -> Iterator[Database]:
    with postgres("hunter2-secret") as database:
        database.write(customers=shop[0], orders=shop[1])
        yield database


def _read(
    pipeline: Pipeline, blocks: dict[str, Any], address: str = "sqlite://"
) -> tuple[pd.DataFrame, pd.DataFrame, DataCatalog]:
    credentials = {"shop": {"con": address}}
    catalog = DataCatalog.from_config(blocks, credentials)
    read_tables(pipeline, catalog, "conf/mine", secrets_of(credentials))
    return catalog.load("entities"), catalog.load("events"), catalog


def _csv(folder: Path, shop: tuple[pd.DataFrame, pd.DataFrame]) -> dict[str, Any]:
    blocks: dict[str, Any] = {}
    for name, table, times in zip(("entities", "events"), shop, (["asked_on"], ["ordered_at"]), strict=True):
        table.to_csv(folder / f"{name}.csv", index=False)
        blocks[name] = {
            "type": "pandas.CSVDataset",
            "filepath": str(folder / f"{name}.csv"),
            "load_args": {"parse_dates": times},
        }
    return blocks


def _parquet(folder: Path, shop: tuple[pd.DataFrame, pd.DataFrame]) -> dict[str, Any]:
    shop[0].to_parquet(folder / "customers.parquet")
    shop[1].to_parquet(folder / "orders", partition_cols=["category"])
    return {
        name: {"type": "pandas.ParquetDataset", "filepath": str(folder / file)}
        for name, file in (("entities", "customers.parquet"), ("events", "orders"))
    }


def _delta(folder: Path, shop: tuple[pd.DataFrame, pd.DataFrame]) -> dict[str, Any]:
    for name, table in zip(("entities", "events"), shop, strict=True):
        write_deltalake(folder / name, table)
    return {
        name: {"type": "pandas.DeltaTableDataset", "filepath": str(folder / name)} for name in ("entities", "events")
    }


@pytest.mark.parametrize("write", [_csv, _parquet, _delta])
def test_tables_in_files_arrive_as_they_were_written(
    pipelines: dict[str, Pipeline], shop: tuple[pd.DataFrame, pd.DataFrame], tmp_path: Path, write: Any
) -> None:
    entities, events, _ = _read(pipelines["compare"], write(tmp_path, shop))
    _assert_same(entities, shop[0])
    _assert_same(events, shop[1])


ENTITIES = {"type": "pandas.SQLQueryDataset", "sql": "SELECT * FROM customers ORDER BY customer", "credentials": "shop"}
EVENTS = {"type": "pandas.SQLTableDataset", "table_name": "orders", "credentials": "shop"}


def test_tables_in_a_database_arrive_as_they_were_written(
    pipelines: dict[str, Pipeline], shop: tuple[pd.DataFrame, pd.DataFrame], database: Database
) -> None:
    entities, events, catalog = _read(
        pipelines["compare"], {"entities": ENTITIES, "events": EVENTS}, database.address()
    )
    pd.testing.assert_frame_equal(entities, shop[0], check_dtype=False)
    _assert_same(events, shop[1])
    assert isinstance(catalog["entities"], MemoryDataset)  # whatever happens to the database: asked once


def _assert_same(read: pd.DataFrame, written: pd.DataFrame) -> None:
    """But for the order of rows and columns and the types of their storage."""
    keys = ["customer", *(name for name in ("ordered_at", "amount") if name in written)]
    read, written = (table.sort_values(keys, ignore_index=True) for table in (read, written))
    pd.testing.assert_frame_equal(
        read[written.columns].astype({"category": str} if "category" in read else {}),
        written,
        check_dtype=False,
    )


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("{user}:wrong-password@/shop?host={socket}", "password authentication failed for user"),
        ("{user}:{password}@/nowhere?host={socket}", 'database "nowhere" does not exist'),
        ("{user}:secret@{password}@localhost:1/shop", "[*]{3}"),
    ],
)
def test_a_database_that_lets_nobody_in_is_named_without_the_password(
    pipelines: dict[str, Pipeline], database: Database, address: str, message: str
) -> None:
    login = f"postgresql+psycopg://{address.format(**database._asdict())}"
    with pytest.raises(
        RunRefusedError, match=rf"entities must be readable(.|\n)*{message}(.|\n)*conf/mine/cred"
    ) as told:
        _read(pipelines["compare"], {"entities": ENTITIES, "events": EVENTS}, login)
    assert told.value.__suppress_context__
    for secret in ("hunter2", "wrong-password", "secret"):
        assert secret not in str(told.value)


@pytest.mark.parametrize(
    ("block", "message"),
    [
        ({"type": "pandas.CSVDataset", "filepath": "/nowhere/a.csv"}, r"FileNotFoundError: .*/nowhere/a\.csv"),
        (
            {"type": "pandas.SQLTableDataset", "table_name": "missing_table", "credentials": "shop"},
            "Table missing_table not found",
        ),
        (
            {"type": "pandas.SQLQueryDataset", "sql": "SELECT 1 FROM missing_table", "credentials": "shop"},
            "no such table",
        ),
        ({"type": "pandas.NoSuchDataset", "filepath": "a.csv"}, "NoSuchDataset"),
        ({"type": "json.JSONDataset", "filepath": "{folder}/a.json"}, "a pandas table, got list; use"),
        ({"type": "pandas.DeltaTableDataset", "filepath": "{folder}"}, "a pandas table, got NoneType; use"),
    ],
)
def test_a_table_that_cannot_be_read_is_named_with_its_cause(
    pipelines: dict[str, Pipeline], tmp_path: Path, block: dict[str, str], message: str
) -> None:
    (tmp_path / "a.json").write_text("[1]")
    block = {key: value.format(folder=tmp_path) for key, value in block.items()}
    with pytest.raises(RunRefusedError, match=rf"entities must be (.|\n)*{message}(.|\n)*conf/mine/catalog\.yml"):
        _read(pipelines["draft_schema"], {"entities": block, "events": block})


def test_events_may_be_a_stream_but_not_in_a_draft_nor_may_entities(
    pipelines: dict[str, Pipeline], shop: tuple[pd.DataFrame, pd.DataFrame], tmp_path: Path
) -> None:
    blocks = {}
    for name, table in zip(("entities", "events"), shop, strict=True):
        table.to_parquet(tmp_path / f"{name}.parquet")
        blocks[name] = {"type": "pandas.ParquetDataset", "filepath": str(tmp_path / f"{name}.parquet")}
    stream = {"type": "sequence_learning.io.table_stream_dataset.TableStreamDataset"}
    _, events, _ = _read(pipelines["compare"], blocks | {"events": blocks["events"] | stream})
    assert is_stream(events)
    for pipeline, name in (("draft_schema", "events"), ("compare", "entities")):
        with pytest.raises(RunRefusedError, match=f"{name} must be a pandas table here, got a stream, as only"):
            _read(pipelines[pipeline], blocks | {name: blocks[name] | stream})


def test_tables_that_a_pipeline_does_not_begin_with_are_left_alone(pipelines: dict[str, Pipeline]) -> None:
    missing = {"type": "pandas.CSVDataset", "filepath": "/nowhere/a.csv"}
    catalog = DataCatalog.from_config({"entities": missing, "events": missing})
    for name in ("train_all", "certify", "data_generation"):
        read_tables(pipelines[name], catalog, "conf/mine", set())


def test_worker_processes_read_for_themselves(
    pipelines: dict[str, Pipeline], shop: tuple[pd.DataFrame, pd.DataFrame], tmp_path: Path
) -> None:
    catalog = SharedMemoryDataCatalog.from_config(_csv(tmp_path, shop))
    read_tables(pipelines["compare"], catalog, "conf/mine", set())
    assert not isinstance(catalog["entities"], MemoryDataset)
