"""MLflow runs of a search: a child of the whole run per model, and a child of that per trial.

They are written when the pipeline has ended, from the table of trials: workers search side by side, and a trial of an
earlier run that was stopped belongs to the model as well as one of this run.
"""

import json
import time
from typing import TYPE_CHECKING, Any

import pandas as pd
from kedro.framework.hooks import hook_impl
from kedro.io import DataCatalog
from kedro.pipeline import Pipeline

from sequence_learning.hooks.run_owners import owner_tags

if TYPE_CHECKING:
    from mlflow import MlflowClient

_PARENT = "mlflow.parentRunId"
_STATUS = {"failed": "FAILED", "interrupted": "KILLED"}
_SUMMARISED = ("trials", "cpu_seconds", "default", "best", "gain", "gain_low", "gain_high")
_OF_TRIAL = {"score": "val_score", "loss": "val_loss", "cpu_seconds": "cpu_seconds"}


class TuningRuns:
    """Writes the children."""

    @hook_impl(tryfirst=True)
    def after_pipeline_run(self, pipeline: Pipeline, catalog: DataCatalog) -> None:
        """Before the hook that ends the run as a whole."""
        if not {"tuning_trials", "tuning_summary"} <= pipeline.all_outputs():
            return
        import mlflow

        parent = mlflow.active_run()
        if parent is None:  # tracking is switched off
            return
        log_searches(
            mlflow.MlflowClient(),
            parent.info.experiment_id,
            parent.info.run_id,
            catalog.load("tuning_trials"),
            catalog.load("tuning_summary"),
        )


def log_searches(
    client: "MlflowClient", experiment: str, parent: str, trials: pd.DataFrame, summary: pd.DataFrame
) -> None:
    """A run per model with what its searches came to, and one per trial under it."""
    for row in summary.to_dict("records"):
        model = str(row["model"])
        child = client.create_run(
            experiment, run_name=f"tune {model}", tags={_PARENT: parent, "tuned": model, **owner_tags()}
        )
        _log(client, child.info.run_id, metrics={name: row[name] for name in _SUMMARISED})
        for trial in trials[trials["model"] == model].to_dict("records"):
            _log_trial(client, experiment, child.info.run_id, {str(name): value for name, value in trial.items()})
        client.set_terminated(child.info.run_id, "FINISHED")


def _log_trial(client: "MlflowClient", experiment: str, parent: str, trial: dict[str, Any]) -> None:
    options = {
        f"{part}.{option}": value
        for part, values in json.loads(trial["options"]).items()
        for option, value in values.items()
    }
    run = client.create_run(
        experiment,
        run_name=f"{trial['model']} {trial['search']}.{trial['trial']}",
        tags={
            _PARENT: parent,
            "trial_of": trial["model"],
            "state": trial["state"],
            "search": str(trial["search"]),
            **owner_tags(),
        },
    )
    metrics = {shown: trial[name] for name, shown in _OF_TRIAL.items()}
    _log(client, run.info.run_id, metrics=metrics, params=options)
    client.set_terminated(run.info.run_id, _STATUS.get(trial["state"], "FINISHED"))


def _log(client: "MlflowClient", run_id: str, metrics: dict[str, float], params: dict[str, Any] | None = None) -> None:
    from mlflow.entities import Metric, Param

    now = int(time.time() * 1000)
    client.log_batch(
        run_id,
        # MLflow refuses a NaN on some stores, and there is nothing to show.
        metrics=[Metric(name, float(value), now, 0) for name, value in metrics.items() if pd.notna(value)],
        params=[Param(name, str(value)) for name, value in (params or {}).items()],
    )
