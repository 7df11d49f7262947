"""A run in which a model cannot be fitted writes all else, says so everywhere, and ends as failed."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import mlflow
import pandas as pd
import pytest

from sequence_learning.baselines import BASELINES
from sequence_learning.encoders import ENCODERS
from sequence_learning.fits.outcomes import FitsFailedError

from .conftest import copy_project, run

# There is one core, so fits run in this process.
_BROKEN = """
from sequence_learning.encoders.cnn import Cnn
from kedro.framework.cli.cli import main

pool = Cnn.pool
Cnn.pool = lambda *arguments: pool(*arguments) * float("nan")
main()
"""


@pytest.fixture(scope="module")
def failed(
    tmp_path_factory: pytest.TempPathFactory, tracking_store: Path
) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """The whole graph with an encoder that is broken."""
    folder = copy_project(tmp_path_factory.mktemp("failed"))
    (folder / "mlflow.db").write_bytes(tracking_store.read_bytes())
    return folder, run(folder, "-c", _BROKEN, "run", "--env", "smoke", PYTHONPATH=str(folder / "src"))


def test_the_run_fails_with_one_line_after_everything_is_written(
    failed: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    project, done = failed
    assert done.returncode == 1, done.stdout[-3000:] + done.stderr[-3000:]
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("FitsFailedError: every fit must succeed, but these did not: cnn with seed 0: Floating")
    assert "; cnn with seed 1: FloatingPointError: cnn, seed 1: the validation loss must be finite" in last
    assert "these did not: cnn with seed" in last
    written = project / "data/08_reporting/smoke"
    board = pd.read_parquet(next(written.glob("**/leaderboard.parquet")))
    assert set(board["encoder"]) == {*ENCODERS, *BASELINES} - {"cnn"}
    assert list(project.glob("data/**/bundle*"))


def test_the_terminal_says_so_below_the_table(failed: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    lines = failed[1].stdout.splitlines()
    below = next(i for i, line in enumerate(lines) if line.startswith("Failed: cnn with seed 0: FloatingPointError"))
    assert any("milliseconds to predict" in line for line in lines[:below])
    assert any(line.startswith("Report  ") for line in lines[below:])


def test_the_report_says_so_beside_the_table_and_among_its_cautions(
    failed: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    page = next(failed[0].glob("data/08_reporting/**/report.html")).read_text()
    assert "Nothing is said of cnn, as not every fit succeeded" in page
    assert "Fits that failed" in page
    assert f"{2 * len({*ENCODERS, *BASELINES})} fits took" in page
    assert "cnn, seed 1: the validation loss must be finite, got nan in epoch 0" in page


def test_mlflow_says_so(failed: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    client = mlflow.MlflowClient(f"sqlite:///{failed[0]}/mlflow.db")
    experiment = client.get_experiment_by_name("sequence_learning")
    assert experiment is not None
    runs = {r.info.run_name: r for r in client.search_runs([experiment.experiment_id])}
    expected = dict.fromkeys((*ENCODERS, *BASELINES), "FINISHED")
    expected |= {"cnn": "FAILED", "__default__": "FAILED"}
    assert {name: r.info.status for name, r in runs.items()} == expected
    assert "must be finite" in runs["cnn"].data.tags["failed_fits"]
    load = runs["__default__"].data.metrics
    assert 0 < load["training_busy"] < 1.5
    assert load["training_seconds"] > 0
    assert {"owner_host", "owner_pid", "owner_started"} <= set(runs["__default__"].data.tags)


def test_nothing_can_be_compared_if_the_only_encoder_fails(
    kedro_run: Callable[..., None], monkeypatch: pytest.MonkeyPatch, project: Path
) -> None:
    from sequence_learning.encoders.recurrent import Gru

    pool = Gru.pool
    monkeypatch.setattr(Gru, "pool", lambda *arguments: pool(*arguments) * float("nan"))
    with pytest.raises(FitsFailedError, match="no model was fitted with every seed; gru with seed 0"):
        kedro_run("train_gru")
    client = mlflow.MlflowClient(f"sqlite:///{project}/mlflow.db")
    experiment = client.get_experiment_by_name("sequence_learning")
    assert experiment is not None
    runs = client.search_runs([experiment.experiment_id])
    assert {r.info.status for r in runs} == {"FAILED"}
    assert all("gru, seed 0: the validation loss must be finite" in r.data.tags["failed_fits"] for r in runs)


def test_the_command_for_one_model_fails_with_one_line(project: Path) -> None:
    script = _BROKEN.replace("from kedro.framework.cli.cli import main", "from train import main")
    sizes = ["--num_epochs", "1", "--num_samples", "60", "--sequence_length", "4"]
    done = run(project, "-c", script, "--model_name", "CNNModel", *sizes, PYTHONPATH=str(project / "src"))
    assert done.returncode == 1, done.stdout[-3000:] + done.stderr[-3000:]
    assert done.stderr.strip().splitlines()[-1].startswith("FitsFailedError: nothing can be compared, because")
