"""A copy of the project in a temporary folder, and one run of the whole graph in it, shared by all tests here."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]


def copy_project(folder: Path) -> Path:
    """What a fresh clone holds, as far as a run needs it."""
    ignored = shutil.ignore_patterns("__pycache__")
    for name in ("conf", "src", "notebooks"):
        shutil.copytree(REPOSITORY / name, folder / name, ignore=ignored)
    for name in ("pyproject.toml", "README.md", ".telemetry"):
        shutil.copy(REPOSITORY / name, folder / name)
    return folder


def environment() -> dict[str, str]:
    """This process's environment without what would redirect MLflow, Kedro or Python."""
    hidden = {"MLFLOW_TRACKING_URI", "KEDRO_ENV", "PYTHONPATH"}
    return {name: value for name, value in os.environ.items() if name not in hidden}


def run(project: Path, *command: str, **extra: str) -> subprocess.CompletedProcess[str]:
    """Run a command of this Python environment in the project."""
    return subprocess.run(
        [sys.executable, *command],
        cwd=project,
        env=environment() | extra,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project that has not run yet."""
    return copy_project(tmp_path)


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A project after ``kedro run --env smoke``, and what that printed."""
    folder = copy_project(tmp_path_factory.mktemp("finished"))
    done = run(folder, "-m", "kedro", "run", "--env", "smoke")
    assert done.returncode == 0, done.stdout + done.stderr
    return folder, done.stdout


@pytest.fixture
def kedro_run(project: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Run a pipeline of ``project`` in this process, which is quicker than a new one."""
    from kedro.framework.session import KedroSession
    from kedro.framework.startup import bootstrap_project

    monkeypatch.chdir(project)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{project}/mlflow.db")

    def start(
        pipeline: str, parameters: dict[str, object] | None = None, env: str = "smoke", **part: list[str]
    ) -> None:
        bootstrap_project(project)
        with KedroSession.create(project, env=env, runtime_params=parameters or {}) as session:
            session.run(pipeline_names=[pipeline], **part)

    yield start

    import mlflow

    mlflow.set_tracking_uri(None)
