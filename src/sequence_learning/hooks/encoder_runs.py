"""One MLflow run per encoder and per baseline, under the run that kedro-mlflow opens for the whole ``kedro run``.

Kedro saves a node's outputs after its ``after_node_run`` hook, so a child run cannot be opened and closed around
nodes. All children are created before the first node, the tracked tables of a model's namespace are told which
run is theirs, and all children end with the pipeline. That works under any runner.
"""

import atexit
import os
import signal
import threading
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd
from kedro.framework.hooks import hook_impl
from kedro.io import DataCatalog
from kedro.pipeline import Pipeline

from sequence_learning.encoders import ENCODERS
from sequence_learning.fits.outcomes import FitsFailedError, describe, left_out
from sequence_learning.hooks.failed_fits import FAILED_TABLES, failed_in
from sequence_learning.hooks.preflight import local_files, models_of, plain
from sequence_learning.hooks.run_owners import owner_tags
from sequence_learning.packaging.parameters import BundleParameters
from sequence_learning.pipelines.reporting.pipeline import SHOWN
from sequence_learning.pipelines.training.pipeline import namespace_of

if TYPE_CHECKING:
    from mlflow import MlflowClient

_SHARED = ("schema", "features")
#: What goes to the run as a whole: tables, figures and the report as pages, the decision.
_TABLES = {
    "ablations",
    "benchmark",
    "calibration",
    "candidates",
    "certificates",
    "claims",
    "coverage",
    "data_by_column",
    "data_by_part",
    "data_problems",
    "diagnosis_explanations",
    "diagnosis_matrix",
    "diagnosis_verdicts",
    "differences",
    "drops",
    "encoder_certificates",
    "footprint",
    "ladder",
    "latency",
    "latency_exponents",
    "latency_scaling",
    "leaderboard",
    "leakage",
    "precisions",
    "sample_size_advice",
    "sample_size_curves",
    "scores",
    "stability",
    "training_costs",
    "tuning_curves",
    "tuning_summary",
    "tuning_trials",
    *FAILED_TABLES,
}
_PLOTS = {
    "ablations_plot",
    "benchmark_plot",
    "certificates_plot",
    "coverage_plot",
    "critical_differences_plot",
    "diagnosis_plot",
    "drops_plot",
    "explanations_plot",
    "gradients_plot",
    "ladder_plot",
    "latency_scaling_plot",
    "leaderboard_plot",
    "learning_curves",
    "pareto_plot",
    "permutation_plot",
    "position_weights_plot",
    "reliability_plot",
    "sample_size_plot",
    "score_by_seconds_plot",
    "tuning_plot",
}
#: What is no table.
_FIGURES = ("benchmark_pool", "scoring_summary")
_FOOTPRINT = {"disk_kb", "peak_memory_mb", "flops"}
_LARGEST_BATCH = 100
_LONGEST_TAG = 5000
_SECONDS_TO_TELL = 2
_INTERRUPTIONS = [signal.SIGTERM] + ([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])

_Ended = Literal["FINISHED", "FAILED", "KILLED"]


class EncoderRuns:
    """Opens, fills and ends the children."""

    def __init__(self) -> None:
        self._children: dict[str, str] = {}
        self._parent: str | None = None
        self._process: int | None = None
        self._opened_outside = False
        self._handlers: dict[signal.Signals, Any] = {}

    @hook_impl(tryfirst=True)
    def after_context_created(self) -> None:
        """Note whether the caller opened an MLflow run of their own, which is theirs to end."""
        import mlflow

        self._killed()  # an interrupted notebook cell leaves its runs behind
        self._opened_outside = mlflow.active_run() is not None

    @hook_impl(trylast=True)
    def before_pipeline_run(self, run_params: dict[str, Any], pipeline: Pipeline, catalog: DataCatalog) -> None:
        """Create a child per encoder and baseline of the pipeline; kedro-mlflow has just opened the parent."""
        import mlflow

        from sequence_learning.io.tracked_table_dataset import TrackedTableDataset

        parent = mlflow.active_run()
        if parent is None:  # tracking is switched off for this pipeline
            return
        self._parent, self._process = parent.info.run_id, os.getpid()
        self._end_on_interruption()
        client, parameters = mlflow.MlflowClient(), catalog.load("parameters")
        # Tables that were there already owe nothing to the parameters that others are drawn by.
        shared = ("data", *_SHARED) if "params:data" in pipeline.inputs() else _SHARED
        models = models_of(pipeline)
        tuned = catalog.load("tuned_parameters") if models and plain(parameters["tuning"]).get("use") else {}
        for model in models:
            child = client.create_run(
                parent.info.experiment_id,
                run_name=model,
                tags={"mlflow.parentRunId": self._parent, _kind(model): model, **owner_tags()},
            )
            self._children[model] = child.info.run_id
            for name in _outputs_of(model, pipeline):
                dataset = catalog.get(name)
                if isinstance(dataset, TrackedTableDataset):
                    dataset.run_id = child.info.run_id
            _log_parameters(client, child.info.run_id, model, parameters, shared, tuned.get(model, {}))

    @hook_impl(tryfirst=True)
    def after_pipeline_run(
        self, run_params: dict[str, Any], run_result: dict[str, Any], pipeline: Pipeline, catalog: DataCatalog
    ) -> None:
        """Attach what the run wrote, then end all runs: as failed the whole and those models of which a fit failed."""
        if self._parent is None:
            return
        import mlflow

        client, failed = mlflow.MlflowClient(), failed_in(pipeline, catalog)
        try:
            self._attach(client, self._parent, pipeline, catalog)
        except Exception:
            self._end("FAILED", with_parent=True)
            raise
        for model in set(left_out(failed)) & set(self._children):  # part of a pipeline may have none
            client.set_tag(self._children[model], "failed_fits", describe(failed[failed["model"] == model]))
            client.set_terminated(self._children.pop(model), "FAILED")
        self._end("FINISHED")
        # kedro-mlflow opens the parent again before each node and ends it once: in a notebook it would stay active,
        # and the next run would join it.
        while mlflow.active_run() is not None and not self._opened_outside:
            mlflow.end_run("FAILED" if len(failed) else "FINISHED")

    def _attach(self, client: "MlflowClient", parent: str, pipeline: Pipeline, catalog: DataCatalog) -> None:
        for model, run_id in self._children.items():
            for path in local_files(_outputs_of(model, pipeline), catalog).values():
                _log_files(client, run_id, path)
        made = pipeline.all_outputs()
        if "leaderboard" in made:
            self._log_costs(client, catalog.load("leaderboard"))
        for name in sorted(made & _TABLES):
            client.log_table(parent, catalog.load(name), f"{name}.json")
        in_report = set(SHOWN) if "report" in made else set()
        for name in sorted(made & _PLOTS - in_report):  # each page carries a library of megabytes
            client.log_text(parent, catalog.load(name).to_html(), f"{name}.html")
        if "report" in made:
            client.log_text(parent, catalog.load("report"), "report.html")
            client.log_dict(parent, catalog.load("decision"), "decision.json")
        if "bundle" in made and catalog.exists("bundle"):
            _log_bundle(catalog)
        if "training_load" in made:
            load = catalog.load("training_load")
            for name in ("seconds", "busy"):
                client.log_metric(parent, f"training_{name}", load[name])
        for name in made.intersection(_FIGURES):
            client.log_dict(parent, catalog.load(name), f"{name}.json")

    def _log_costs(self, client: "MlflowClient", leaderboard: pd.DataFrame) -> None:
        """What was measured of a model after its own run had written its scores."""
        for row in leaderboard.to_dict("records"):
            for name, value in row.items():
                if _is_cost(str(name)) and pd.notna(value) and row["encoder"] in self._children:
                    client.log_metric(self._children[row["encoder"]], str(name), value)

    @hook_impl
    def on_pipeline_error(self, error: Exception) -> None:
        """End the children as failed, with the reason if it was their fits; kedro-mlflow ends the parent."""
        if isinstance(error, FitsFailedError) and self._parent is not None:
            import mlflow

            for run_id in (self._parent, *self._children.values()):
                mlflow.MlflowClient().set_tag(run_id, "failed_fits", str(error)[:_LONGEST_TAG])
        self._end("FAILED")

    def _end_on_interruption(self) -> None:
        """Ctrl-C, SIGTERM and a closed terminal leave without a Kedro hook: end the runs all the same."""
        atexit.register(self._killed)
        if threading.current_thread() is threading.main_thread():
            for number in _INTERRUPTIONS:
                if signal.getsignal(number) is not signal.SIG_IGN:
                    self._handlers[number] = signal.signal(number, self._interrupt)

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        # At once: what is being interrupted (a pool of workers) may take longer to end than we are given. By another
        # thread, which can wait: if this one was writing to the database, that stays locked until it is unwound.
        if self._in_own_process():
            telling = threading.Thread(target=self._set_terminated, args=("KILLED",), kwargs={"with_parent": True})
            telling.start()
            telling.join(_SECONDS_TO_TELL)
            if not telling.is_alive():
                self._killed()  # otherwise at the end of the process, or when the next session begins
        raise KeyboardInterrupt

    def _killed(self) -> None:
        if self._in_own_process():
            self._end("KILLED", with_parent=True)

    def _in_own_process(self) -> bool:
        """Whether this is the process that opened the runs, and not a worker that inherited this object."""
        return os.getpid() == self._process

    def _end(self, status: _Ended, *, with_parent: bool = False) -> None:
        if self._parent is None:
            return
        import mlflow

        self._set_terminated(status, with_parent=with_parent)
        while with_parent and not self._opened_outside and mlflow.active_run() is not None:
            mlflow.end_run(status)
        self._children, self._parent, self._process = {}, None, None
        atexit.unregister(self._killed)
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        self._handlers = {}

    def _set_terminated(self, status: _Ended, *, with_parent: bool) -> None:
        import mlflow

        client, run_ids = mlflow.MlflowClient(), list(self._children.values())
        if with_parent and not self._opened_outside and self._parent is not None:
            run_ids.append(self._parent)
        for run_id in run_ids:
            client.set_terminated(run_id, status)


def _is_cost(column: str) -> bool:
    """Whether a column of the leaderboard is none of the tracked results: latency, size, or an interval's end."""
    return column.startswith("latency_ms_") or column in _FOOTPRINT or column.endswith(("_low", "_high"))


def _kind(model: str) -> Literal["encoder", "baseline"]:
    return "encoder" if model in ENCODERS else "baseline"


def _outputs_of(model: str, pipeline: Pipeline) -> list[str]:
    return sorted(name for name in pipeline.all_outputs() if name.startswith(f"{namespace_of(model)}."))


def _log_parameters(
    client: "MlflowClient",
    run_id: str,
    model: str,
    parameters: dict[str, Any],
    shared: tuple[str, ...],
    tuned: dict[str, Any],
) -> None:
    """As they are configured, but for options that ``tuned`` has, by block: ``encoder``, ``baseline`` and so on."""
    from mlflow.entities import Param

    kind = _kind(model)
    blocks = {name: parameters[name] for name in shared} | {kind: parameters[f"{kind}s"][model]}
    if kind == "encoder":
        blocks |= {"model": parameters["model"], "training": parameters["training"]}
    else:  # epochs and learning rates are not theirs
        blocks |= {"training": {"seeds": dict(parameters["training"])["seeds"]}}
    found = {name: options for name, options in tuned.items() if isinstance(options, dict)}  # not the key of its data
    used = {name: plain(block) | found[name] if name in found else block for name, block in blocks.items()}
    flat = [Param(key, str(value)) for key, value in _flatten(used).items()]
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


def _log_bundle(catalog: DataCatalog) -> None:
    """As a model of the active run, which is the parent; in the registry only if it was chosen among several."""
    from sequence_learning.serving.log import log_bundle

    folder = local_files(["bundle"], catalog)["bundle"]
    parameters = BundleParameters.model_validate(plain(catalog.load("params:bundle")))
    chosen_among = len(catalog.load("candidates"))
    registered_name = parameters.registered_name if chosen_among > 1 else None
    log_bundle(folder, registered_name=registered_name, alias=parameters.alias)


def _log_files(client: "MlflowClient", run_id: str, path: Path) -> None:
    if path.is_dir():
        client.log_artifacts(run_id, str(path), "checkpoints")
    else:
        client.log_artifact(run_id, str(path))
