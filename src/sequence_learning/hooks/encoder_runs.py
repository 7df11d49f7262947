"""One MLflow run per encoder, under the run that kedro-mlflow opens for the whole ``kedro run``.

Kedro saves a node's outputs after its ``after_node_run`` hook, so a child run cannot be opened and closed around
nodes. All children are created before the first node, the tracked tables of an encoder's namespace are told which
run is theirs, and all children end with the pipeline. That works under any runner.
"""

import atexit
import signal
import threading
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, Literal

from kedro.framework.hooks import hook_impl
from kedro.io import DataCatalog
from kedro.pipeline import Pipeline

from sequence_learning.encoders import ENCODERS
from sequence_learning.hooks.preflight import local_files
from sequence_learning.pipelines.training.pipeline import namespace_of

if TYPE_CHECKING:
    from mlflow import MlflowClient

_SHARED = ("data", "schema", "split", "features", "model", "training")
_LARGEST_BATCH = 100


class EncoderRuns:
    """Opens, fills and ends the children."""

    def __init__(self) -> None:
        self._children: dict[str, str] = {}
        self._parent: str | None = None
        self._opened_outside = False
        self._before_sigterm: Any = None

    @hook_impl
    def after_context_created(self) -> None:
        """Note whether the caller opened an MLflow run of their own, which is theirs to end."""
        import mlflow

        self._opened_outside = mlflow.active_run() is not None

    @hook_impl(trylast=True)
    def before_pipeline_run(self, run_params: dict[str, Any], pipeline: Pipeline, catalog: DataCatalog) -> None:
        """Create a child per encoder of the pipeline; kedro-mlflow has just opened the parent."""
        import mlflow

        from sequence_learning.io.tracked_table_dataset import TrackedTableDataset

        parent = mlflow.active_run()
        if parent is None:  # tracking is switched off for this pipeline
            return
        self._parent = parent.info.run_id
        self._end_on_interruption()
        client, parameters = mlflow.MlflowClient(), catalog.load("parameters")
        for encoder in _encoders_of(pipeline):
            child = client.create_run(
                parent.info.experiment_id,
                run_name=encoder,
                tags={"mlflow.parentRunId": self._parent, "encoder": encoder},
            )
            self._children[encoder] = child.info.run_id
            for name in _outputs_of(encoder, pipeline):
                dataset = catalog.get(name)
                if isinstance(dataset, TrackedTableDataset):
                    dataset.run_id = child.info.run_id
            _log_parameters(client, child.info.run_id, encoder, parameters)

    @hook_impl(tryfirst=True)
    def after_pipeline_run(
        self,
        run_params: dict[str, Any],
        run_result: dict[str, Any],
        pipeline: Pipeline,
        catalog: DataCatalog,
    ) -> None:
        """Attach what the run wrote, then end all runs."""
        if self._parent is None:
            return
        import mlflow

        client = mlflow.MlflowClient()
        for encoder, run_id in self._children.items():
            for path in local_files(_outputs_of(encoder, pipeline), catalog).values():
                _log_files(client, run_id, path)
        if "latency" in pipeline.all_outputs():
            for encoder, by_batch in catalog.load("latency").items():
                for batch, milliseconds in by_batch.items():
                    client.log_metric(self._children[encoder], f"latency_ms_{batch}", milliseconds)
        if "leaderboard" in pipeline.all_outputs():
            client.log_table(self._parent, catalog.load("leaderboard"), "leaderboard.json")
            for name in ("leaderboard_plot", "learning_curves"):
                client.log_text(self._parent, catalog.load(name).to_html(), f"{name}.html")
        self._end("FINISHED")
        # kedro-mlflow opens the parent again before each node and ends it once: in a notebook it would stay active,
        # and the next run would join it.
        while mlflow.active_run() is not None and not self._opened_outside:
            mlflow.end_run()

    @hook_impl
    def on_pipeline_error(self) -> None:
        """End the children as failed; kedro-mlflow does the same to the parent."""
        self._end("FAILED")

    def _end_on_interruption(self) -> None:
        """Ctrl-C and SIGTERM leave without a Kedro hook: end the runs when the interpreter does."""
        atexit.register(self._killed)
        if threading.current_thread() is threading.main_thread():
            self._before_sigterm = signal.signal(signal.SIGTERM, _interrupt)

    def _killed(self) -> None:
        import mlflow

        parent = self._parent
        self._end("KILLED")
        if parent is not None:
            mlflow.MlflowClient().set_terminated(parent, "KILLED")
            while mlflow.active_run() is not None:
                mlflow.end_run("KILLED")

    def _end(self, status: Literal["FINISHED", "FAILED", "KILLED"]) -> None:
        if self._parent is None:
            return
        import mlflow

        client = mlflow.MlflowClient()
        for run_id in self._children.values():
            client.set_terminated(run_id, status)
        self._children, self._parent = {}, None
        atexit.unregister(self._killed)
        if self._before_sigterm is not None:
            signal.signal(signal.SIGTERM, self._before_sigterm)
            self._before_sigterm = None


def _interrupt(signum: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _encoders_of(pipeline: Pipeline) -> list[str]:
    namespaces = {node.namespace for node in pipeline.nodes}
    return [encoder for encoder in ENCODERS if namespace_of(encoder) in namespaces]


def _outputs_of(encoder: str, pipeline: Pipeline) -> list[str]:
    return sorted(name for name in pipeline.all_outputs() if name.startswith(f"{namespace_of(encoder)}."))


def _log_parameters(client: "MlflowClient", run_id: str, encoder: str, parameters: dict[str, Any]) -> None:
    from mlflow.entities import Param

    blocks = {name: parameters[name] for name in _SHARED} | {"encoder": parameters["encoders"][encoder]}
    flat = [Param(key, str(value)) for key, value in _flatten(blocks).items()]
    for start in range(0, len(flat), _LARGEST_BATCH):
        client.log_batch(run_id, params=flat[start : start + _LARGEST_BATCH])


def _flatten(values: Any, prefix: str = "") -> dict[str, Any]:  # noqa: ANN401
    """``{"a": {"b": 1}}`` as ``{"a.b": 1}``, through Pydantic models too."""
    if hasattr(values, "model_dump"):
        values = values.model_dump()
    if not isinstance(values, dict):
        return {prefix: values}
    flat: dict[str, Any] = {}
    for key, value in values.items():
        flat |= _flatten(value, f"{prefix}.{key}" if prefix else str(key))
    return flat


def _log_files(client: "MlflowClient", run_id: str, path: Path) -> None:
    if path.is_dir():
        client.log_artifacts(run_id, str(path), "checkpoints")
    else:
        client.log_artifact(run_id, str(path))
