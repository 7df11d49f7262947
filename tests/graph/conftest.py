"""Copies of the project in temporary folders, and one run of the whole graph, shared by all tests here."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from filelock import FileLock

from .preloaded import REPOSITORY, Preloaded

#: Read by joblib.
_ONE_CORE = {"LOKY_MAX_CPU_COUNT": "1"}


def copy_project(folder: Path) -> Path:
    """What a fresh clone holds, as far as a run needs it."""
    ignored = shutil.ignore_patterns("__pycache__")
    for name in ("conf", "src", "notebooks"):
        shutil.copytree(REPOSITORY / name, folder / name, ignore=ignored)
    for name in ("pyproject.toml", "README.md", ".telemetry"):
        shutil.copy(REPOSITORY / name, folder / name)
    return folder


def environment() -> dict[str, str]:
    """This process's environment without what would redirect MLflow, Kedro or Python.

    There is one core, so fits need no worker processes, each of which takes seconds to start.
    """
    hidden = {"MLFLOW_TRACKING_URI", "KEDRO_ENV", "PYTHONPATH"}
    kept = {name: value for name, value in os.environ.items() if name not in hidden}
    ours_first = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"  # kedro mlflow starts mlflow by name
    return kept | _ONE_CORE | {"PATH": ours_first}


def run(project: Path, *command: str, **extra: str) -> subprocess.CompletedProcess[str]:
    """Run a command of Python in the project, in a process of its own that need not import libraries first."""
    with TemporaryDirectory() as folder:
        printed, errors = Path(folder, "stdout"), Path(folder, "stderr")
        code = Preloaded(command, project, environment() | extra, printed, errors).wait(600)
        return subprocess.CompletedProcess(
            command, code, printed.read_text(encoding="utf-8"), errors.read_text(encoding="utf-8")
        )


def run_afresh(project: Path, *command: str, **extra: str) -> subprocess.CompletedProcess[str]:
    """The same with nothing imported, as on a command line."""
    return subprocess.run(
        [sys.executable, *command],
        cwd=project,
        env=environment() | extra,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


@pytest.fixture(scope="session")
def tracking_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """MLflow's database before the first run, which takes seconds to make and none to copy."""
    import mlflow

    store = tmp_path_factory.mktemp("tracking") / "mlflow.db"
    mlflow.MlflowClient(f"sqlite:///{store}").search_experiments()
    return store


@pytest.fixture
def project(tmp_path: Path, tracking_store: Path) -> Path:
    """A project that has not run yet."""
    shutil.copy(tracking_store, tmp_path)
    return copy_project(tmp_path)


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A fresh clone after ``kedro run --env smoke`` with two workers, and what that printed.

    It is made once for all processes of pytest-xdist: tests read it, or work on a copy.
    """
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    folder, printed = shared / "finished", shared / "finished.txt"
    with FileLock(shared / "finished.lock"):
        if not printed.exists():
            folder.mkdir()
            done = run_afresh(copy_project(folder), "-m", "kedro", "run", "--env", "smoke", LOKY_MAX_CPU_COUNT="2")
            assert done.returncode == 0, done.stdout + done.stderr
            printed.write_text(done.stdout, encoding="utf-8")
    return folder, printed.read_text(encoding="utf-8")


@pytest.fixture
def kedro_run(here: Path) -> Callable[..., None]:
    """Run a pipeline of ``project`` in this process, which is quicker than a new one."""
    from kedro.framework.session import KedroSession
    from kedro.framework.startup import bootstrap_project

    def start(
        pipeline: str, parameters: dict[str, object] | None = None, env: str = "smoke", **part: list[str]
    ) -> None:
        bootstrap_project(here)
        with KedroSession.create(here, env=env, runtime_params=parameters or {}) as session:
            session.run(pipeline_names=[pipeline], **part)

    return start


@pytest.fixture
def kedro(here: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Kedro's command line in ``project`` and in this process; gives what it printed."""
    from kedro.framework.cli.cli import KedroCLI

    def command(*arguments: str) -> str:
        KedroCLI(here).main(arguments, standalone_mode=False)
        return capsys.readouterr().out

    return command


@pytest.fixture
def here(project: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """``project`` as the folder that this process works in, with one core and the project's own MLflow."""
    monkeypatch.chdir(project)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{project}/mlflow.db")
    for name, value in _ONE_CORE.items():
        monkeypatch.setenv(name, value)

    yield project

    import mlflow
    from kedro_mlflow.framework.hooks.mlflow_hook import mlflow_hook

    mlflow.set_tracking_uri(None)
    mlflow_hook.run_id = None  # else it is opened again by the next pipeline that is not tracked
