"""Starts the benchmark's processes, and asks them for their turns."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from sequence_learning.benchmark.case import Case

_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
_PACKAGES = Path(__file__).parents[2]
_LINES_OF_AN_ERROR = 20


def environment() -> dict[str, str]:
    """That of this process, in which a fresh one finds the package."""
    path = os.pathsep.join(filter(None, [str(_PACKAGES), os.environ.get("PYTHONPATH")]))
    return os.environ | {"PYTHONPATH": path}


class MeasurementError(RuntimeError):
    """A process of the benchmark ended early. The message holds what it said."""


class Process:
    """A fresh process that measures one case: the state of a heap would change the figures of the next.

    Args:
        case: what it measures.
        said: takes its standard error.
    """

    def __init__(self, case: Case, said: Any) -> None:  # noqa: ANN401
        self._case, self._said = case, said
        self._process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "sequence_learning.benchmark.worker", case.model_dump_json()],
            env=environment() | _ONE_THREAD,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=said,
            text=True,
        )

    def wait_until_ready(self) -> None:
        """All is imported and built."""
        self._answer()

    def turn(self) -> dict[str, float]:
        """What the next turn measured."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write("turn\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            pass  # the answer says why
        return self._answer()

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.communicate()

    def _answer(self) -> dict[str, float]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self._said.seek(0)
            last = self._said.read().decode(errors="replace").strip().splitlines()[-_LINES_OF_AN_ERROR:]
            names = ", ".join(encoder.name for encoder in self._case.encoders)
            raise MeasurementError(
                f"a process of the benchmark must live to its end, but that of {self._case.side} ({names}) said:\n"
                + "\n".join(last)
            )
        answer: dict[str, float] = json.loads(line)
        return answer


@contextmanager
def processes(cases: Mapping[str, Case]) -> Iterator[dict[str, Process]]:
    """A process for each case, all ready; they end with the block."""
    with ExitStack() as stack:
        started = {}
        for name, case in cases.items():
            started[name] = Process(case, stack.enter_context(tempfile.TemporaryFile()))
            stack.callback(started[name].close)
        for process in started.values():
            process.wait_until_ready()
        yield started
