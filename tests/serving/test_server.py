"""A real server, started as the README says, and asked over HTTP."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import pytest

from sequence_learning.serving.load import main, measure_load
from sequence_learning.serving.request import request_body
from tests.inference.bundles import bundle, tables

ENTITIES, EVENTS = tables(n_rows=9, seed=1)
RECORDS = json.loads(request_body(bundle(), ENTITIES, EVENTS))["dataframe_records"]
#: A record with some events; the tests spoil copies of it.
RECORD = next(record for record in RECORDS if len(record["at"]) > 1)
N = len(RECORD["at"])


class Answer(NamedTuple):
    status: int
    body: dict[str, Any]


class Server(NamedTuple):
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def post(self, body: Any, content_type: str | None = "application/json") -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        text = body if isinstance(body, str) else json.dumps(body)
        connection.request("POST", "/invocations", text, {"Content-Type": content_type} if content_type else {})
        response = connection.getresponse()
        answer = response.read().decode()
        connection.close()
        return Answer(response.status, json.loads(answer) if answer.startswith("{") else {"message": answer})

    def predict(self, body: Any) -> pd.DataFrame:
        answer = self.post(body)
        assert answer.status == 200, answer
        return pd.DataFrame(answer.body["predictions"])


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("served")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = ["-m", "mlflow", "models", "serve", "--model-uri", _log(folder), "--env-manager", "local"]
    with (folder / "log.txt").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, *command, "--port", str(port)],
            env=_environment(folder),
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        _wait(process, port, folder / "log.txt")
        yield Server(port)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _log(folder: Path) -> str:
    import mlflow

    from sequence_learning.serving.log import log_bundle

    bundle().save(folder / "bundle")
    before = mlflow.get_tracking_uri()
    mlflow.set_tracking_uri(f"sqlite:///{folder}/mlflow.db")
    try:
        experiment = mlflow.create_experiment("served", artifact_location=(folder / "artifacts").as_uri())
        with mlflow.start_run(experiment_id=experiment):
            log_bundle(folder / "bundle", registered_name="shops")
    finally:
        mlflow.set_tracking_uri(before)
    return "models:/shops@champion"


def _environment(folder: Path) -> dict[str, str]:
    """The command finds uvicorn beside Python, as under ``uv run``; nothing here says which address to bind to."""
    own = {name: value for name, value in os.environ.items() if name != "MLFLOW_HOST"}
    path = f"{Path(sys.executable).parent}{os.pathsep}{own['PATH']}"
    return own | {"PATH": path, "MLFLOW_TRACKING_URI": f"sqlite:///{folder}/mlflow.db"}


def _wait(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    end = time.monotonic() + 120
    while time.monotonic() < end and process.poll() is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/ping")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.1)
        finally:
            connection.close()
    raise AssertionError(log.read_text())


def _split(records: list[dict[str, Any]]) -> dict[str, Any]:
    return {"columns": list(records[0]), "data": [list(record.values()) for record in records]}


@pytest.mark.parametrize(
    "body",
    [{"dataframe_records": RECORDS}, {"dataframe_split": _split(RECORDS)}, {"inputs": RECORDS}],
    ids=["records", "split", "inputs"],
)
def test_it_answers_what_the_bundle_predicts(server: Server, body: Any) -> None:
    expected = bundle().predict(ENTITIES, EVENTS)
    pd.testing.assert_frame_equal(server.predict(body), expected, check_dtype=False, rtol=0, atol=1e-6)


def test_an_empty_list_says_that_there_are_no_events(server: Server) -> None:
    lone = ENTITIES[ENTITIES["id"] == RECORD["id"]]
    found = server.predict({"dataframe_records": [RECORD | {"at": [], "price": [], "kind": []}]})
    expected = bundle().predict(lone, EVENTS[:0])
    pd.testing.assert_frame_equal(found, expected, check_dtype=False, rtol=0, atol=1e-6)
    assert found["prediction"][0] != pytest.approx(server.predict({"inputs": [RECORD]})["prediction"][0], abs=1e-6)


def test_what_is_missing_unseen_or_superfluous_is_served(server: Server) -> None:
    record = RECORD | {"size": None, "shop": "never seen", "price": [None] * N, "kind": [None] * N, "other": [1]}
    entities = pd.DataFrame([{"id": "a", "asked_at": 20.0, "size": None, "shop": None}])
    events = pd.DataFrame({"id": "a", "at": RECORD["at"], "price": [None] * N, "kind": [None] * N})
    expected = bundle().predict(entities.astype({"size": float}), events.astype({"price": float}))["prediction"]
    assert server.predict({"inputs": [record]})["prediction"][0] == pytest.approx(expected[0], abs=1e-6)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"size": "big"}, "entities 'size' must hold numbers, but it holds text"),
        ({"price": ["x"] * N}, "events 'price' must hold numbers, but it holds text"),
        ({"price": 1.0}, "Expected data to be list or numpy array, got float|of the list of a row's events, got 1.0"),
        ({"price": [1.0] * (N + 1)}, f"the lists of a row must be of one length, but for id .* at has {N} and price"),
        ({"price": None}, "each value of 'price' must be the list .*, got None; write .. for no events|len"),
        ({"at": None, "price": None, "kind": None}, "each value of 'at' must be the list .*, got None|len"),
        ({"at": [25.0] * N}, "'at' must not lie after its entity's prediction time 'asked_at'"),
        ({"at": [None] * N}, "'at' must not be missing"),
        ({"asked_at": None}, "'asked_at' must not be missing"),
        ({"asked_at": "2026-11-23"}, "must be of the kind of the prediction time 'asked_at'"),
        ({"size": float("inf")}, "'size' must be finite"),
        ({"price": [float("-inf")] * N}, "'price' must be finite"),
        ({"at": [float("nan")] * N}, "'at' must not be missing"),
        ({"id": None}, "entities 'id' must not be missing"),
        ({"size": [1.0]}, ""),
        ({"shop": {"name": "x"}}, ""),
        ({"kind": [["u"]] * N}, ""),
        ({"id": [1]}, ""),
        ({"size": 10**400}, ""),
    ],
    ids=str,
)
def test_a_row_that_breaks_a_rule_is_refused(server: Server, change: dict[str, Any], message: str) -> None:
    for layout in ("dataframe_records", "inputs"):
        answer = server.post({layout: [RECORD | change]})
        assert answer.status == 400
        assert re.search(message, answer.body["message"]), answer
    assert server.post({"inputs": [RECORD]}).status == 200


@pytest.mark.parametrize("column", ["id", "asked_at", "shop", "at", "price"])
def test_a_missing_column_is_refused(server: Server, column: str) -> None:
    answer = server.post({"dataframe_records": [{name: RECORD[name] for name in RECORD if name != column}]})
    assert answer.status == 400
    assert f"Model is missing inputs ['{column}']" in answer.body["message"]


def test_one_row_twice_is_refused(server: Server) -> None:
    answer = server.post({"inputs": [RECORD, RECORD]})
    assert answer.status == 400
    assert "entities 'id' must be unique" in answer.body["message"]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("", "Ensure that input is a valid JSON"),
        ('{"inputs": [', "Ensure that input is a valid JSON"),
        ("[]", "The input must be a JSON dictionary"),
        ("null", "The input must be a JSON dictionary"),
        ({"rows": RECORDS}, "The input must be a JSON dictionary"),
        ({"dataframe_records": []}, "Model is missing inputs"),
        ({"dataframe_records": 3}, "must be a list of records"),
        ({"dataframe_split": {"columns": ["id"], "data": [[1, 2]]}}, "not a valid dataframe"),
        ({"inputs": None}, "Expected input to be"),
    ],
    ids=str,
)
def test_what_is_no_table_is_refused(server: Server, body: Any, message: str) -> None:
    answer = server.post(body)
    assert answer.status == 400
    assert message in answer.body["message"]
    assert server.post({"inputs": [RECORD]}).status == 200


@pytest.mark.parametrize(
    ("body", "content_type", "message"),
    [
        (json.dumps({"dataframe_records": [RECORD]}), None, "must say what it holds, but has no Content-Type"),
        ("[" * 100_000, "application/json", "must be JSON that can be read, but: maximum recursion depth"),
        (f'{{"inputs": {"9" * 5_000}}}', "application/json", "must be JSON that can be read, but: Exceeds the limit"),
    ],
)
def test_what_cannot_be_read_is_refused(server: Server, body: str, content_type: str | None, message: str) -> None:
    answer = server.post(body, content_type)
    assert (answer.status, message in answer.body["message"]) == (400, True), answer
    assert len(server.predict({"dataframe_records": [RECORD]})) == 1


def test_it_is_reached_from_this_machine_alone(server: Server) -> None:
    """Bound to every address of the machine, it would also answer at another address of the loopback."""
    with pytest.raises(OSError, match=r"refused|assign|unreachable"):
        socket.create_connection(("127.0.0.2", server.port), timeout=5)


def test_load_is_measured_from_outside(server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    body = json.dumps({"inputs": RECORDS[:2]})
    load = measure_load(server.url, body.encode(), connections=2, seconds=0.2)
    assert len(load.seconds) >= 2
    assert load.errors == ()
    assert 0 < load.seconds.min() <= load.seconds.max() <= load.duration
    (tmp_path / "request.json").write_text(body)
    main(["--url", server.url, "--request", str(tmp_path / "request.json"), "--seconds", "0.1"])
    assert " 0 errors; p50 " in capsys.readouterr().out


def test_load_ends_with_what_the_server_refused(server: Server, tmp_path: Path) -> None:
    (tmp_path / "request.json").write_text(json.dumps({"dataframe_records": [RECORD | {"price": None}]}))
    with pytest.raises(SystemExit, match=r"400 .*each value of 'price' must be the list"):
        main(["--url", server.url, "--request", str(tmp_path / "request.json"), "--seconds", "0"])
