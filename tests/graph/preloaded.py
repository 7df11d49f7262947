"""Processes of Python that need not import a run's libraries: forks of one that has, and has done nothing else.

A fresh ``kedro run`` spends most of its time on imports. A fork is as much a process of its own: it has its own session
and its own working directory, imports the project from there, starts workers, can be killed, and ends with a code.
"""

import importlib
import json
import os
import runpy
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[2]

#: Those of a run that take longest. ONNX Runtime is not among them: it starts a thread, which a fork would lack.
_LIBRARIES = (
    "kedro.framework.cli.cli",
    "kedro.framework.cli.project",
    "kedro.runner",
    "kedro_datasets.json",
    "kedro_datasets.pandas",
    "kedro_datasets.plotly",
    "kedro_datasets.text",
    "kedro_mlflow.framework.cli.cli",
    "kedro_mlflow.framework.hooks",
    "captum.attr",
    "joblib",
    "lightgbm",
    "lightning.pytorch",
    "matplotlib.pyplot",
    "mlflow.pyfunc",
    "mlflow.pytorch",
    "mlflow.store.model_registry.sqlalchemy_store",
    "mlflow.store.tracking.sqlalchemy_store",
    "omegaconf",
    "onnxscript.function_libs.torch_lib.ops",
    "optuna",
    "pandera.pandas",
    "plotly.graph_objects",
    "pydantic",
    "rich.progress",
    "scipy.stats",
    "sklearn.metrics",
    "sqlalchemy.dialects.sqlite",
    "tabm",
    "torch._dynamo.debug_utils",
    "torch._meta_registrations",
    "torch.onnx",
)


class Preloaded:
    """One of these processes, in a session and process group of its own that bears its number.

    Args:
        command: of Python: ``-m``, a module and arguments, or ``-c``, code and arguments.
        cwd: its working directory.
        env: all of its environment.
        stdout: file that gets what it prints.
        stderr: likewise.
    """

    def __init__(self, command: Sequence[str], cwd: Path, env: Mapping[str, str], stdout: Path, stderr: Path) -> None:
        files = {"stdout": str(stdout), "stderr": str(stderr)}
        self.pid: int = _ask({"command": command, "cwd": str(cwd), "env": dict(env)} | files)
        self._code: int | None = None

    def poll(self) -> int | None:
        """Its exit code if it has ended, minus the number of the signal that ended it."""
        if self._code is None:
            self._code = _ask({"pid": self.pid})
        return self._code

    def wait(self, seconds: float) -> int:
        """Until it has ended; it is killed if that takes longer."""
        deadline = time.monotonic() + seconds
        while (code := self.poll()) is None:
            if time.monotonic() > deadline:
                self.kill(with_children=True)
                raise TimeoutError(f"process {self.pid} has not ended within {seconds} seconds")
            time.sleep(0.02)
        return code

    def kill(self, *, with_children: bool = False) -> None:
        """As ``kill -9`` does, if it has not ended."""
        if self.poll() is None:
            (os.killpg if with_children else os.kill)(self.pid, signal.SIGKILL)

    def terminate(self, seconds: float) -> None:
        """Ask it and its children to end, and wait until it has itself."""
        if self.poll() is None:
            os.killpg(self.pid, signal.SIGTERM)
        self.wait(seconds)


@cache
def _parent() -> subprocess.Popen[str]:
    """The process that has imported; it ends with this one, which holds its standard input."""
    return subprocess.Popen(
        [sys.executable, __file__], cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def _ask(request: dict[str, Any]) -> Any:
    parent = _parent()
    assert parent.stdin is not None
    assert parent.stdout is not None
    parent.stdin.write(json.dumps(request) + "\n")
    parent.stdin.flush()
    return json.loads(parent.stdout.readline())


def _serve() -> dict[str, Any]:
    """Answer requests until there are no more; returns, in a new process, what that is to do."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what an import prints is no answer
    for library in _LIBRARIES:
        importlib.import_module(library)
    for line in sys.stdin:
        request: dict[str, Any] = json.loads(line)
        if "pid" in request:
            pid, status = os.waitpid(request["pid"], os.WNOHANG)
            answer = os.waitstatus_to_exitcode(status) if pid else None
        else:
            answer = os.fork()
            if answer == 0:
                answers.close()
                return request
        answers.write(json.dumps(answer) + "\n")
        answers.flush()
    sys.exit()


def _become(request: dict[str, Any]) -> None:
    os.setsid()
    files = (os.devnull, os.O_RDONLY), *((request[name], os.O_WRONLY | os.O_APPEND) for name in ("stdout", "stderr"))
    for number, (path, flags) in enumerate(files):
        opened = os.open(path, flags | (os.O_CREAT if number else 0), 0o644)
        os.dup2(opened, number)
        os.close(opened)
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["env"])
    paths = os.environ.get("PYTHONPATH", "")
    sys.path[0:1] = [request["cwd"], *filter(None, paths.split(os.pathsep))]
    kind, what, *arguments = request["command"]
    sys.argv = [kind, *arguments]
    if kind == "-m":
        runpy.run_module(what, run_name="__main__", alter_sys=True)
    else:
        main = sys.modules["__main__"] = ModuleType("__main__")
        exec(compile(what, "<string>", "exec"), main.__dict__)


if __name__ == "__main__":
    _become(_serve())
