"""A run that is stopped says so in MLflow."""

import os
import signal
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import mlflow
import pytest
from kedro.framework.session import KedroSession
from mlflow.entities import Run

from .conftest import environment
from .preloaded import Preloaded


def _runs(project: Path) -> list[Run]:
    client = mlflow.MlflowClient(f"sqlite:///{project}/mlflow.db")
    experiment = client.get_experiment_by_name("sequence_learning")
    return [] if experiment is None else list(client.search_runs([experiment.experiment_id]))


# The run itself, the encoder's and the mean's.
N_RUNS = 3
LONG = {"training": {"max_epochs": 100_000, "patience": 100_000}}


def _wait_for_training(project: Path, given_up: Callable[[], bool] = lambda: False) -> None:
    """Until the first epoch has ended: nothing is written to MLflow from then on until the fit ends.

    Args:
        project: where the run is.
        given_up: whether there is nothing to wait for any more.
    """
    deadline = time.monotonic() + 120
    while not list(project.glob("data/06_models/*/fits/*.state")):
        assert time.monotonic() < deadline, "the run never started"
        assert not given_up(), "the run has ended"
        time.sleep(0.1)


# A test runner that was started in the background ignores this signal, and its children inherit that.
KEDRO = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    "from kedro.framework.cli.cli import main; main()"
)


def test_interrupted_run_is_killed_in_mlflow(project: Path, tmp_path: Path) -> None:
    long = ",".join(f"training.{name}={value}" for name, value in LONG["training"].items())
    command = ["-c", KEDRO, "run", "--env", "smoke", "--pipeline", "train_gru", "--params", long]
    log = tmp_path / "interrupted.log"
    process = Preloaded(command, project, environment() | {"LOKY_MAX_CPU_COUNT": "2"}, log, log)
    try:
        _wait_for_training(project, lambda: process.poll() is not None)
        os.killpg(process.pid, signal.SIGINT)  # a terminal sends its signals to the run and its workers
        assert process.wait(60) != 0
    finally:
        process.kill()
    assert [r.info.status for r in _runs(project)] == ["KILLED"] * N_RUNS


@pytest.fixture
def _handlers_are_kept() -> Iterator[None]:
    """Ours do nothing, in case a signal comes too late; Lightning leaves Ctrl-C ignored."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.signal(number, lambda *_: None) for number in numbers]
    yield
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


@pytest.mark.usefixtures("_handlers_are_kept")
@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGHUP])
def test_terminated_run_is_killed_in_mlflow(
    kedro_run: Callable[..., None], project: Path, sent: signal.Signals
) -> None:
    ours = signal.getsignal(sent)
    before, ended = set(threading.enumerate()), threading.Event()

    def send() -> None:
        # As if the signal came while something was being written: the database is free only when that has ended.
        with ExitStack() as stack:
            try:
                _wait_for_training(project, ended.is_set)
                database = sqlite3.connect(project / "mlflow.db", isolation_level=None)
                stack.enter_context(closing(database))
                database.execute("BEGIN IMMEDIATE")
            finally:
                if not ended.is_set():  # nobody else expects it
                    os.kill(os.getpid(), sent)
            ended.wait(60)

    sender = threading.Thread(target=send)
    sender.start()
    try:
        with pytest.raises((KeyboardInterrupt, SystemExit)):  # Lightning makes one of the other
            kedro_run("train_gru", LONG)
    finally:
        ended.set()
        sender.join()
    for telling in set(threading.enumerate()) - before:
        telling.join(60)
    assert [r.info.status for r in _runs(project)] == ["KILLED"] * N_RUNS
    with KedroSession.create(project, env="smoke") as session:  # as in a notebook
        session.load_context()
    assert mlflow.active_run() is None
    assert signal.getsignal(sent) is ours
