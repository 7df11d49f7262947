"""A user's own two tables, from a database to the report, with no word about the password."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd
import pytest
import yaml

from sequence_learning.drafting.infer import infer_schema
from sequence_learning.drafting.page import to_yaml
from sequence_learning.hooks.refusal import RunRefusedError
from sequence_learning.parameters import SchemaParameters
from tests.databases import Database, postgres
from tests.object_store import object_store
from tests.shop import make_shop

from .conftest import copy_project, run

PASSWORD = "hunter2-secret"
CREDENTIALS = "conf/mine/credentials.yml"
CATALOG = """
entities: {type: pandas.SQLQueryDataset, sql: SELECT * FROM customers ORDER BY customer, credentials: shop}
events: {type: pandas.SQLTableDataset, table_name: orders, credentials: shop}
"""
Compared = tuple[Path, list[tuple[str, str]]]  # the project, then output and errors of each run

#: What keeps a run short says nothing of the tables.
NOT_OF_THE_TABLES = ("training", "latency", "robustness", "interpretation")


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    with postgres(PASSWORD) as database:
        customers, orders = make_shop()
        database.write(customers=customers, orders=orders)
        yield database


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory, database: Database) -> Compared:
    """A project after a failed login, a draft and a comparison."""
    project = copy_project(tmp_path_factory.mktemp("own"))
    (project / "conf/mine").mkdir()
    (project / "conf/mine/catalog.yml").write_text(CATALOG)
    small = yaml.safe_load((project / "conf/smoke/parameters.yml").read_text())
    small["training"]["seeds"] = [0]
    short = {name: small[name] for name in NOT_OF_THE_TABLES} | {"report": {"name": "mine", "certificates": False}}
    (project / "conf/mine/parameters.yml").write_text(yaml.safe_dump(short))
    printed = []
    for pipeline, password, code in (("draft_schema", "not-it", 1), ("draft_schema", None, 0), ("compare", None, 0)):
        (project / CREDENTIALS).write_text(yaml.safe_dump({"shop": {"con": database.address(password)}}))
        done = run(project, "-m", "kedro", "run", "--pipeline", pipeline, "--env", "mine")
        assert done.returncode == code, done.stdout + done.stderr
        printed.append((done.stdout, done.stderr))
    return project, printed


def test_a_failed_login_is_one_message_without_the_password(compared: Compared) -> None:
    printed, errors = compared[1][0]
    last = errors.splitlines()[-1]
    assert last.startswith("RunRefusedError: entities must be readable, but cannot be read (OperationalError: ")
    assert "password authentication failed" in last
    for text in (printed, errors):
        assert "Traceback" not in text
        assert "not-it" not in text


def test_the_draft_is_a_schema_and_the_terminal_says_what_to_do_next(compared: Compared) -> None:
    project, (_, (printed, _), _) = compared
    draft = project / "conf/mine/parameters_schema.yml"
    assert printed.splitlines()[-2:] == [
        f"Draft of the schema  {draft}",
        "Look it through, then kedro run --pipeline compare --env mine",
    ]
    schema = SchemaParameters.model_validate(yaml.safe_load(draft.read_text())["schema"])
    assert (schema.id, schema.target, schema.task) == ("customer", "churned", "binary")
    assert (schema.order, schema.time, schema.prediction_time) == ("ordered_at", "ordered_at", "asked_on")


def test_the_comparison_ends_with_a_report_of_these_tables(compared: Compared) -> None:
    project, (*_, (printed, _)) = compared
    assert printed.rstrip().endswith(str(project / "data/08_reporting/mine/report.html"))
    assert not (project / "data/01_raw").exists()
    split = pd.read_parquet(project / "data/03_primary/mine/split.parquet")
    assert list(split["id"]) == list(range(200))
    html = (project / "data/08_reporting/mine/report.html").read_text(encoding="utf-8")
    assert "Which encoder for mine?" in html
    assert "ordered_at" in html


def test_settings_that_made_other_tables_are_not_told(compared: Compared) -> None:
    project, _ = compared
    html = (project / "data/08_reporting/mine/report.html").read_text(encoding="utf-8")
    assert "source: synthetic" not in html
    client = mlflow.MlflowClient(f"sqlite:///{project}/mlflow.db")
    runs = client.search_runs([experiment.experiment_id for experiment in client.search_experiments()])
    assert {"compare", "gru"} <= {run.info.run_name for run in runs}
    assert "draft_schema" not in {run.info.run_name for run in runs}
    for found in runs:
        assert not any(name.startswith(("data.", "diagnosis.")) for name in found.data.params)
        assert any(name.startswith("schema") for name in found.data.params)


def test_the_password_is_nowhere_but_in_its_file(compared: Compared) -> None:
    project, printed = compared
    files = [path for path in project.rglob("*") if path.is_file()]
    assert {"mlflow.db", "report.html", "credentials.yml"} <= {path.name for path in files}
    assert any("mlartifacts" in path.parts for path in files)
    holding = {str(path.relative_to(project)) for path in files if PASSWORD.encode() in path.read_bytes()}
    assert holding == {CREDENTIALS}
    assert not any(PASSWORD in text for both in printed for text in both)


def test_what_is_refused_leaves_nothing_behind(kedro_run: Callable[..., None], project: Path) -> None:
    (project / "conf/mine").mkdir()
    (project / "conf/mine/catalog.yml").write_text("entities: {type: pandas.CSVDataset, filepath: data/01_raw/a.csv}")
    for pipeline, environment, message in (
        ("train_all", "mine", "must not overwrite tables of your own"),
        ("compare", "mine", "need a schema of their own"),
        ("draft_schema", "mine", r"entities must be readable, .*data/01_raw/a\.csv"),
        ("draft_schema", None, "add --env <name>"),
    ):
        with pytest.raises(RunRefusedError, match=message):
            kedro_run(pipeline, env=environment)
    (project / "conf/mine/catalog.yml").write_text("entities: {type: pandas.CSVDataset, filepath: ../a.csv}")
    with pytest.raises(RunRefusedError, match=r"must stay inside the project, got '\.\./a\.csv' in entities"):
        kedro_run("compare", env="mine")
    (project / "conf/mine/catalog.yml").write_text("events: {type: pandas.SQLTableDataset, credentials: shop}")
    with pytest.raises(RunRefusedError, match=r"events names 'shop' .*; write it into conf/mine/credentials\.yml"):
        kedro_run("compare", env="mine")
    assert not [path for path in project.rglob("data/**/*") if path.is_file()]
    assert mlflow.search_runs(search_all_experiments=True, output_format="list") == []


def test_a_draft_with_an_open_question_is_refused_until_it_is_answered(
    kedro_run: Callable[..., None], project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from kedro.validation.exceptions import ParameterValidationError

    (project / "conf/mine").mkdir()
    (project / "conf/mine/catalog.yml").write_text(
        "entities: {type: pandas.ParquetDataset, filepath: data/01_raw/mine/a.parquet}\n"
        "events: {type: pandas.ParquetDataset, filepath: data/01_raw/mine/b.parquet}\n"
    )
    (project / "data/01_raw/mine").mkdir(parents=True)
    customers, orders = make_shop(40)
    customers.rename(columns={"churned": "gone"}).to_parquet(project / "data/01_raw/mine/a.parquet")
    orders.to_parquet(project / "data/01_raw/mine/b.parquet")
    kedro_run("draft_schema", env="mine")
    assert "To be filled in      target, task\n" in capsys.readouterr().out
    with pytest.raises(ParameterValidationError, match=r"questions must be answered, got target: '<"):
        kedro_run("compare", env="mine")
    (project / "conf/mine/parameters_schema.yml").unlink()
    kedro_run("draft_schema", {"draft": {"target": "gone"}}, env="mine")
    schema = yaml.safe_load((project / "conf/mine/parameters_schema.yml").read_text())["schema"]
    assert (schema["target"], schema["task"]) == ("gone", "binary")


def test_a_stream_in_an_object_store_goes_all_the_way_to_the_report(
    kedro_run: Callable[..., None], project: Path
) -> None:
    customers, orders = make_shop(100)
    small = yaml.safe_load((project / "conf/smoke/parameters.yml").read_text())
    small["training"]["seeds"] = [0]
    stream = {"stream": {"sample_events": 100, "window_mb": 0.002}}  # a third of the orders, two windows
    parameters = {name: small[name] for name in NOT_OF_THE_TABLES} | {"features": stream}
    parameters |= {"schema": to_schema(customers, orders), "report": {"name": "lake", "certificates": False}}
    (project / "conf/lake").mkdir()
    with object_store("lake", PASSWORD) as credentials:
        customers.to_parquet("s3://lake/customers.parquet", storage_options=credentials)
        for i, rows in enumerate(np.array_split(np.arange(len(orders)), 3)):
            orders.iloc[rows].to_parquet(f"s3://lake/orders/{i}.parquet", storage_options=credentials)
        file, lake = {"type": "pandas.ParquetDataset", "credentials": "lake"}, "s3://lake"
        events = {"type": "sequence_learning.io.table_stream_dataset.TableStreamDataset", "credentials": "lake"}
        catalog = {
            "entities": file | {"filepath": f"{lake}/customers.parquet"},
            "events": events | {"filepath": f"{lake}/orders"},
            "results": file | {"filepath": f"{lake}/results.parquet"},
        }
        blocks = {"parameters": parameters, "catalog": catalog, "credentials": {"lake": credentials}}
        for block, content in blocks.items():
            (project / f"conf/lake/{block}.yml").write_text(yaml.safe_dump(content))
        kedro_run("train_learned_decay", env="lake", from_nodes=["split_rows"])
        results = pd.read_parquet("s3://lake/results.parquet", storage_options=credentials)
    assert set(results["encoder"]) == {"learned_decay", "predict_the_mean"}
    assert len(list(project.glob("data/05_model_input/lake/model_input_shards_*/*"))) == 1
    html = (project / "data/08_reporting/lake/report.html").read_text(encoding="utf-8")
    assert f"there are {len(orders)}, of which a sample of at most 100 was" in html
    assert "Columns, events by a sample" in html
    card = (project / "data/06_models/lake/bundle/README.md").read_text(encoding="utf-8")
    assert "70 rows trained it" in card
    holding = {path.name for path in project.rglob("*") if path.is_file() and PASSWORD.encode() in path.read_bytes()}
    assert holding == {"credentials.yml"}


def to_schema(customers: pd.DataFrame, orders: pd.DataFrame) -> dict[str, Any]:
    return yaml.safe_load(to_yaml(infer_schema(customers, orders)))["schema"]
