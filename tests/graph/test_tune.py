"""The run that searches for options."""

import json
from collections.abc import Callable
from pathlib import Path

import mlflow
import pandas as pd
import pytest

from sequence_learning.tuning.errors import TuningError

MODELS = ("statistical_aggregation", "lightgbm_tabular")


def test_options_are_searched_written_and_tracked_and_a_second_run_has_nothing_to_do(
    kedro_run: Callable[..., None], project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kedro_run("tune", {"tuning": {"models": list(MODELS)}})
    printed = capsys.readouterr().out
    summarised = printed[printed.index("as configured and tuned") :]
    assert all(model in summarised for model in MODELS)
    models, reporting = project / "data/06_models/smoke", project / "data/08_reporting/smoke"
    trials = pd.read_parquet(models / "tuning_trials.parquet")
    assert trials.groupby("model").size().to_dict() == dict.fromkeys(MODELS, 2)
    tuned = json.loads((models / "tuned_parameters.json").read_text())
    assert {name: set(own) for name, own in tuned.items()} == {
        "statistical_aggregation": {"encoder", "model", "training", "data"},
        "lightgbm_tabular": {"baseline", "data"},
    }
    summary = pd.read_parquet(reporting / "tuning_summary.parquet")
    assert (summary["gain"] >= 0).all()
    assert json.loads((reporting / "tuning_summary.json").read_text())[0]["trials_allowed"] == 2
    assert set(pd.read_parquet(reporting / "tuning_curves.parquet")["model"]) == set(MODELS)
    _check_runs(trials)

    journals = {path.name: path.read_bytes() for path in (models / "tuning").glob("*.jsonl")}
    assert len(journals) == 2
    kedro_run("tune", {"tuning": {"models": list(MODELS)}})
    assert {path.name: path.read_bytes() for path in (models / "tuning").glob("*.jsonl")} == journals
    pd.testing.assert_frame_equal(pd.read_parquet(models / "tuning_trials.parquet"), trials)

    # What was found is what the main job trains with, and only if every model was tuned.
    kedro_run("train_statistical_aggregation", {"tuning": {"use": True}})
    config = json.loads((models / "statistical_aggregation/seed_0.json").read_text())
    own = tuned["statistical_aggregation"]
    assert config["encoder"] == {"name": "statistical_aggregation", **own["encoder"]}
    (run,) = mlflow.search_runs(
        search_all_experiments=True, filter_string="tags.encoder = 'statistical_aggregation'", output_format="list"
    )
    for part in ("encoder", "model", "training"):
        assert {name: run.data.params[f"{part}.{name}"] for name in own[part]} == {
            name: str(value) for name, value in own[part].items()
        }
    with pytest.raises(TuningError, match="every model that is trained to be tuned, but no search has tuned gru"):
        kedro_run("train_gru", {"tuning": {"use": True}}, from_nodes=["split_rows"], to_nodes=["train.fit_models"])


def _check_runs(trials: pd.DataFrame) -> None:
    found = mlflow.search_runs(search_all_experiments=True, output_format="list")
    by_id = {run.info.run_id: run for run in found}
    (whole,) = (run for run in found if "mlflow.parentRunId" not in run.data.tags)
    of_models = [run for run in found if run.data.tags.get("mlflow.parentRunId") == whole.info.run_id]
    assert sorted(run.data.tags["tuned"] for run in of_models) == sorted(MODELS)
    assert all("gain" in run.data.metrics for run in of_models)
    of_trials = [run for run in found if "trial_of" in run.data.tags]
    assert len(of_trials) == len(trials)
    for run in of_trials:
        parent = by_id[run.data.tags["mlflow.parentRunId"]]
        assert parent.data.tags["tuned"] == run.data.tags["trial_of"]
        assert run.data.tags["state"] == "complete"
        assert {"val_score", "val_loss", "cpu_seconds"} <= set(run.data.metrics)
    (first,) = (run for run in of_trials if run.info.run_name == "lightgbm_tabular 0.0")
    assert first.data.params["baseline.num_leaves"] == "10"
    assert {run.info.status for run in found} == {"FINISHED"}
    files = {file.path for file in mlflow.MlflowClient().list_artifacts(whole.info.run_id)}
    assert {"tuning_summary.json", "tuning_trials.json", "tuning_plot.html"} <= files
