"""Which process an MLflow run belongs to, so that runs whose process was killed do not stay ``RUNNING`` for ever.

A process that is killed (``SIGKILL``, or for want of memory) says nothing to MLflow. So every run is tagged when it is
created with the process that it belongs to, and the next run of the experiment on the same machine looks whether those
processes are still there.
"""

import json
import logging
import os
import socket
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psutil
from kedro.framework.hooks import hook_impl

if TYPE_CHECKING:
    from mlflow import MlflowClient

logger = logging.getLogger(__name__)

_HOST, _PID, _STARTED = "owner_host", "owner_pid", "owner_started"
#: MLflow's own: tags, as JSON, of all runs that are opened while it is set.
_CONTEXT = "MLFLOW_RUN_CONTEXT"
#: A process's start is told from the machine's, which the system may correct by a little.
_SAME_SECONDS = 2.0


class RunOwners:
    """Tags the run that kedro-mlflow opens, and ends those whose process is gone."""

    @hook_impl(wrapper=True)
    def before_pipeline_run(self) -> Generator[None, object, object]:
        """Around all other hooks, as one of these opens the run."""
        with _tagged():
            result = yield
        import mlflow

        run = mlflow.active_run()
        if run is not None:
            end_those_of_the_dead(mlflow.MlflowClient(), run.info.experiment_id)
        return result


def owner_tags() -> dict[str, str]:
    """For a run that belongs to this process."""
    started = psutil.Process().create_time()
    return {_HOST: socket.gethostname(), _PID: str(os.getpid()), _STARTED: str(started)}


def end_those_of_the_dead(client: "MlflowClient", experiment_id: str) -> None:
    """Mark as killed what is ``RUNNING`` in an experiment, and belongs to a process that was on this machine."""
    ours = f"attributes.status = 'RUNNING' AND tags.{_HOST} = '{socket.gethostname()}'"
    for run in client.search_runs([experiment_id], ours):
        if not _is_there(int(run.data.tags[_PID]), float(run.data.tags[_STARTED])):
            client.set_terminated(run.info.run_id, "KILLED")
            logger.warning(
                "MLflow run %s, %s, was left by a process that was killed", run.info.run_name, run.info.run_id
            )


def _is_there(pid: int, started: float) -> bool:
    """Whether that process lives on, and its number is not another's."""
    try:
        process = psutil.Process(pid)
        same = abs(process.create_time() - started) < _SAME_SECONDS
        return bool(same and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:  # nothing can be said of it
        return True


@contextmanager
def _tagged() -> Iterator[None]:
    """With tags for runs that are opened by others, beside those that were to be set already."""
    before = os.environ.get(_CONTEXT)
    os.environ[_CONTEXT] = json.dumps(json.loads(before or "{}") | owner_tags())
    try:
        yield
    finally:
        if before is None:
            del os.environ[_CONTEXT]
        else:
            os.environ[_CONTEXT] = before
