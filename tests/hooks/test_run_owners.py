import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import mlflow
import psutil
import pytest

from sequence_learning.hooks.run_owners import RunOwners, end_those_of_the_dead, owner_tags


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[mlflow.MlflowClient]:
    folder = tmp_path_factory.mktemp("tracking")
    before = mlflow.get_tracking_uri()
    mlflow.set_tracking_uri(f"sqlite:///{folder}/mlflow.db")
    yield mlflow.MlflowClient()
    mlflow.set_tracking_uri(before)


@pytest.fixture
def experiment(client: mlflow.MlflowClient, tmp_path: Path) -> str:
    return client.create_experiment(tmp_path.as_posix())


@pytest.fixture
def dead() -> int:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    return process.pid


def test_runs_of_processes_that_are_gone_end_as_killed(client: mlflow.MlflowClient, experiment: str, dead: int) -> None:
    ours = owner_tags()
    parent = psutil.Process(os.getppid())
    tags = {
        "own": ours,
        "another's": ours | {"owner_pid": str(parent.pid), "owner_started": str(parent.create_time())},
        "dead": ours | {"owner_pid": str(dead)},
        "of a number that is another's now": ours | {"owner_started": str(float(ours["owner_started"]) - 60)},
        "on another machine": ours | {"owner_pid": str(dead), "owner_host": "another"},
        "of nobody": {},
    }
    runs = {name: client.create_run(experiment, tags=tags[name]).info.run_id for name in tags}
    ended = client.create_run(experiment, tags=tags["dead"]).info.run_id
    client.set_terminated(ended, "FAILED")
    elsewhere = client.create_run("0", tags=tags["dead"]).info.run_id
    end_those_of_the_dead(client, experiment)
    found = {name: client.get_run(run_id).info.status for name, run_id in runs.items()}
    killed = {"dead", "of a number that is another's now"}
    assert found == {name: "KILLED" if name in killed else "RUNNING" for name in tags}
    assert client.get_run(ended).info.status == "FAILED"
    assert client.get_run(elsewhere).info.status == "RUNNING"


def test_a_process_that_was_killed_but_not_yet_taken_note_of_is_gone(
    client: mlflow.MlflowClient, experiment: str
) -> None:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as process:
        started = psutil.Process(process.pid).create_time()
        tags = owner_tags() | {"owner_pid": str(process.pid), "owner_started": str(started)}
        run_id = client.create_run(experiment, tags=tags).info.run_id
        end_those_of_the_dead(client, experiment)
        assert client.get_run(run_id).info.status == "RUNNING"
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # until it has ended; it stays as a zombie
        end_those_of_the_dead(client, experiment)
    assert client.get_run(run_id).info.status == "KILLED"


@pytest.mark.parametrize("given", [None, {"team": "blue"}])
def test_a_run_that_another_hook_opens_is_tagged_as_it_is_created(
    client: mlflow.MlflowClient,
    experiment: str,
    dead: int,
    given: dict[str, str] | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("MLFLOW_RUN_CONTEXT", raising=False)
    if given:
        monkeypatch.setenv("MLFLOW_RUN_CONTEXT", json.dumps(given))
    left = client.create_run(experiment, tags=owner_tags() | {"owner_pid": str(dead)}).info.run_id
    around = RunOwners().before_pipeline_run()
    next(around)
    with mlflow.start_run(experiment_id=experiment) as run:
        with pytest.raises(StopIteration):
            around.send(None)
        tags = client.get_run(run.info.run_id).data.tags
    assert tags.items() >= (owner_tags() | (given or {})).items()
    assert tags["owner_host"] == socket.gethostname()
    assert client.get_run(left).info.status == "KILLED"
    assert os.environ.get("MLFLOW_RUN_CONTEXT") == (json.dumps(given) if given else None)


def test_nothing_is_looked_for_where_nothing_is_tracked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mlflow, "MlflowClient", None)
    around = RunOwners().before_pipeline_run()
    next(around)
    with pytest.raises(StopIteration):
        around.send(None)
