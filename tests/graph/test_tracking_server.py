"""A run that tells its numbers to an MLflow server outlives it."""

import time
from pathlib import Path

import mlflow

from .conftest import environment
from .preloaded import Preloaded
from .servers import answers, free_port

_AWAY = 5  # seconds


def test_a_server_that_is_away_for_a_while_misses_nothing(project: Path, tmp_path: Path) -> None:
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    server = start(project, port, tmp_path / "server.log")
    # MLflow doubles its wait with every vain try: half of its waits end sooner after the server is back.
    told = environment() | {"MLFLOW_TRACKING_URI": address, "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1"}
    log = tmp_path / "run.log"
    command = ["-m", "kedro", "run", "--env", "smoke", "--pipeline", "train_gru", "--to-outputs", "train.gru.results"]
    run = Preloaded(command, project, told, log, log)
    try:
        while not list(project.glob("data/05_model_input/*/*.safetensors")):
            assert run.poll() is None, log.read_text()[-3000:]
            time.sleep(0.05)
        # Before anything of a fit was told. It ends what it is answering: MLflow does not ask again for half an answer.
        server.terminate(60)
        time.sleep(_AWAY)
        assert run.poll() is None, log.read_text()[-3000:]
        server = start(project, port, tmp_path / "server.log")
        assert run.wait(300) == 0, log.read_text()[-3000:]
    finally:
        run.kill(with_children=True)
        server.kill(with_children=True)
    client = mlflow.MlflowClient(f"sqlite:///{project}/mlflow.db")
    experiment = client.get_experiment_by_name("sequence_learning")
    assert experiment is not None
    runs = client.search_runs([experiment.experiment_id])
    assert {r.info.status for r in runs} == {"FINISHED"}
    assert {"gru", "train_gru"} == {r.info.run_name for r in runs}
    (gru,) = [r for r in runs if r.info.run_name == "gru"]
    told_of = [metric.step for metric in client.get_metric_history(gru.info.run_id, "val_loss_seed_0")]
    assert told_of == [0, 1]
    assert "View run" not in log.read_text()  # MLflow would print it dozens of times


def start(project: Path, port: int, log: Path) -> Preloaded:
    """The server of the project's own database."""
    store = f"sqlite:///{project}/mlflow.db"
    command = ["-m", "mlflow", "server", "--workers", "1", "--port", str(port), "--backend-store-uri", store]
    server = Preloaded(command, project, environment(), log, log)
    assert answers(f"http://127.0.0.1:{port}/health", server), log.read_text()
    return server
