"""A run that is stopped says so in MLflow."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import mlflow
import pytest
from mlflow.entities import Run

from .conftest import environment


def _runs(project: Path) -> list[Run]:
    if not (project / "mlflow.db").exists():
        return []
    client = mlflow.MlflowClient(f"sqlite:///{project}/mlflow.db")
    experiment = client.get_experiment_by_name("sequence_learning")
    return [] if experiment is None else list(client.search_runs([experiment.experiment_id]))


# The run itself, the encoder's and the mean's.
N_RUNS = 3


def _wait_for_runs(project: Path, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 120
    while len(_runs(project)) < N_RUNS:
        assert process.poll() is None, "the run ended by itself"
        assert time.monotonic() < deadline, "the run never started"
        time.sleep(1)


# A test runner that was started in the background ignores these signals, and its children inherit that.
KEDRO = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    "signal.signal(signal.SIGHUP, signal.SIG_DFL); from kedro.framework.cli.cli import main; main()"
)


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_interrupted_run_is_killed_in_mlflow(project: Path, sent: signal.Signals) -> None:
    # The database exists before the run does, so that watching it never meets a half-made schema.
    mlflow.MlflowClient(f"sqlite:///{project}/mlflow.db").search_experiments()
    long = "training.max_epochs=100000,training.patience=100000"
    command = [sys.executable, "-c", KEDRO, "run", "--env", "smoke", "--pipeline", "train_gru", "--params", long]
    # A terminal sends its signals to the whole group: the run and its workers.
    with subprocess.Popen(
        command, cwd=project, env=environment(), stdout=subprocess.DEVNULL, start_new_session=True
    ) as process:
        try:
            _wait_for_runs(project, process)
            os.killpg(process.pid, sent)
            assert process.wait(60) != 0
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
    assert [r.info.status for r in _runs(project)] == ["KILLED"] * N_RUNS
