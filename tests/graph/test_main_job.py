"""What one run of the whole graph leaves behind."""

import json
import re
import shutil
from collections.abc import Callable
from html import escape, unescape
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
import pytest
from mlflow.entities import Run

from sequence_learning.baselines import BASELINES
from sequence_learning.encoders import ENCODERS
from sequence_learning.inference import Bundle

from .conftest import run

Finished = tuple[Path, str]
MODELS = (*ENCODERS, *BASELINES)
KEDRO = (
    "import multiprocessing, sys; multiprocessing.set_start_method(sys.argv.pop(1)); "
    "from kedro.framework.cli.cli import main; main()"
)


@pytest.fixture(scope="module")
def runs(finished: Finished) -> list[Run]:
    client = mlflow.MlflowClient(f"sqlite:///{finished[0]}/mlflow.db")
    experiment = client.get_experiment_by_name("sequence_learning")
    assert experiment is not None
    return list(client.search_runs([experiment.experiment_id]))


def test_terminal_ends_with_leaderboard_and_addresses(finished: Finished) -> None:
    folder, printed = finished
    ending = printed[printed.index("Test r2") :]
    for name in MODELS:
        assert name in ending
    assert "nan" not in ending
    assert str(folder / "data/08_reporting/smoke") in ending
    assert "mlflow ui" in ending
    assert "kedro viz" in ending


def test_terminal_ends_with_the_decision_in_three_lines_and_the_report(finished: Finished) -> None:
    reporting = finished[0] / "data/08_reporting/smoke"
    decision = json.loads((reporting / "decision.json").read_text())
    *ending, page = finished[1].rstrip().splitlines()[-4:]
    assert ending == [decision[part] for part in ("headline", "reason", "beside_baselines")]
    assert page == f"Report            {reporting / 'report.html'}"


def test_the_report_begins_with_the_decision_and_holds_its_evidence(finished: Finished) -> None:
    reporting = finished[0] / "data/08_reporting/smoke"
    html = (reporting / "report.html").read_text(encoding="utf-8")
    decision = json.loads((reporting / "decision.json").read_text())
    assert decision["chosen"] in ENCODERS
    places = [html.index(escape(decision[part], quote=False)) for part in ("headline", "reason")]
    titles = [
        "Score against cost",
        "Leaderboard",
        "What the sequence adds",
        "Training",
        "Latency",
        "What models look at",
        "Prediction intervals and calibration",
        "Data and leakage checks",
        "Settings",
    ]
    places += [html.index(f"<h2>{title}</h2>") for title in titles]
    assert places == sorted(places)
    assert not re.search(r"<(script|link|img)[^>]*\s(src|href)=", html)
    assert html.count('type="application/json"') >= 10


def test_scores_in_the_report_and_its_tables_are_one(finished: Finished) -> None:
    reporting = finished[0] / "data/08_reporting/smoke"
    leaderboard = pd.read_parquet(reporting / "leaderboard.parquet").set_index("encoder")
    scores = pd.read_parquet(reporting / "scores.parquet").set_index("encoder")
    assert set(scores.index) == set(MODELS)
    pd.testing.assert_series_equal(scores["score"], leaderboard["r2"][scores.index], check_names=False)
    ladder = pd.read_parquet(reporting / "ladder.parquet")
    assert list(ladder["rung"]) == ["mean", "tabular", "length", "order_free", "order_aware", "time_aware"]
    drops = pd.read_parquet(reporting / "drops.parquet")
    shuffled = drops[drops["alteration"] == "shuffled"].set_index("encoder")["drop"]
    assert shuffled[["statistical_aggregation", "learned_weighted_average"]].abs().max() < 1e-5


def test_another_decision_is_made_from_what_a_run_left(
    finished: Finished, kedro: Callable[..., str], project: Path
) -> None:
    shutil.copytree(finished[0] / "data", project / "data")
    options = "decision.margin=0.9,decision.cost=training,decision.budget.latency_ms=10000"
    printed = kedro("run", "--env", "smoke", "--params", options, "--from-nodes", "make_decision")
    decision = json.loads((project / "data/08_reporting/smoke/decision.json").read_text())
    assert (decision["margin"], decision["cost"]) == (0.9, "training")
    ending = printed.rstrip().splitlines()[-4:]
    assert ending[:2] == [decision["headline"], decision["reason"]]
    assert decision["headline"] in unescape((project / "data/08_reporting/smoke/report.html").read_text("utf-8"))


def test_a_run_leaves_a_bundle_of_what_it_decided_and_says_where(finished: Finished) -> None:
    folder = finished[0] / "data/06_models/smoke/bundle"
    assert f"Bundle            {folder}\n" in finished[1]
    bundle = Bundle.load(folder)
    decision = json.loads((finished[0] / "data/08_reporting/smoke/decision.json").read_text())
    assert bundle.document("decision.json") == decision
    assert bundle.manifest.encoder == decision["chosen"]
    raw = finished[0] / "data/01_raw/smoke"
    found = bundle.predict(pd.read_parquet(raw / "entities.parquet"), pd.read_parquet(raw / "events.parquet"))
    predictions = pd.read_parquet(finished[0] / f"data/07_model_output/smoke/{decision['chosen']}_predictions.parquet")
    own = predictions[predictions["seed"] == bundle.manifest.seed].set_index("id")["prediction"]
    np.testing.assert_allclose(found.set_index("id")["prediction"][own.index], own, atol=1e-5)


def test_the_bundle_is_the_champion_in_mlflow(finished: Finished, runs: list[Run]) -> None:
    client = mlflow.MlflowClient(f"sqlite:///{finished[0]}/mlflow.db")
    version = client.get_model_version_by_alias("sequence_learning_smoke", "champion")
    (parent,) = (r.info.run_id for r in runs if "mlflow.parentRunId" not in r.data.tags)
    assert version.run_id == parent


def test_another_encoder_is_bundled_from_what_a_run_left(
    finished: Finished, kedro_run: Callable[..., None], project: Path
) -> None:
    shutil.copytree(finished[0] / "data", project / "data")
    asked = {"encoder": "cnn", "registered_name": None}
    kedro_run("train_all", {"bundle": asked}, from_nodes=["make_bundle"])
    bundle = Bundle.load(project / "data/06_models/smoke/bundle")
    assert bundle.manifest.encoder == "cnn"
    assert not mlflow.MlflowClient().search_registered_models()
    kedro_run("train_all", {"decision": {"budget": {"latency_ms": 1e-9}}}, from_nodes=["make_decision"])
    assert not (project / "data/06_models/smoke/bundle").exists()


def test_terminal_shows_progress_of_every_fit(finished: Finished) -> None:
    for model in set(MODELS) - {"predict_the_mean"}:  # which takes no steps, and has nothing to tell
        for seed in (0, 1):
            assert f"{model} seed {seed}" in finished[1]


def test_leaderboard_is_sorted_and_complete(finished: Finished) -> None:
    reporting = finished[0] / "data/08_reporting/smoke"
    table = pd.read_parquet(reporting / "leaderboard.parquet")
    assert set(table["encoder"]) == set(MODELS)
    assert table["r2"].is_monotonic_decreasing
    text = (reporting / "leaderboard.json").read_text()
    assert "NaN" not in text
    assert [row["encoder"] for row in json.loads(text)] == list(table["encoder"])
    table = table.set_index("encoder")
    assert table[["r2_std", "fit_seconds", "latency_ms_batch_1", "latency_ms_batch_32"]].notna().all(axis=None)
    size = ["parameters", "encoder_parameters"]
    assert table.loc[list(ENCODERS), [*size, "epochs"]].notna().all(axis=None)
    assert table.loc[list(BASELINES), size].isna().all(axis=None)
    assert table.loc["lightgbm_aggregates", "epochs"] > table.loc["lightgbm_aggregates", "kept_epoch"] > 0


def test_baselines_have_the_tables_of_encoders_beside_rounds_and_no_history(finished: Finished) -> None:
    data = finished[0] / "data"
    for folder, table in (("07_model_output", "predictions"), ("07_model_output", "results"), ("06_models", "costs")):
        columns = [list(pd.read_parquet(data / folder / f"smoke/{model}_{table}.parquet")) for model in MODELS]
        assert all(each == columns[0] for each in columns)
    rounds = pd.read_parquet(data / "06_models/smoke/lightgbm_tabular_rounds.parquet")
    assert list(rounds) == ["encoder", "seed", "round", "train_loss_by_round", "val_loss_by_round"]
    assert set(rounds["seed"]) == {0, 1}
    assert pd.read_parquet(data / "06_models/smoke/predict_the_mean_rounds.parquet").empty
    history = pd.read_parquet(data / "08_reporting/smoke/history.parquet")
    assert set(history["encoder"]) == set(ENCODERS)
    assert not list(data.glob("06_models/smoke/lightgbm*_history.parquet"))


def test_fitted_baselines_are_json_by_seed(finished: Finished) -> None:
    fitted = json.loads((finished[0] / "data/06_models/smoke/lightgbm_tabular.json").read_text())
    assert list(fitted) == ["0", "1"]
    assert {one["name"] for one in fitted.values()} == {"lightgbm_tabular"}
    assert fitted["0"]["trees"].startswith("tree\n")


def test_predictions_keep_ids_and_leave_training_rows_out(finished: Finished) -> None:
    data = finished[0] / "data"
    split = pd.read_parquet(data / "03_primary/smoke/split.parquet")
    predictions = pd.read_parquet(data / "07_model_output/smoke/gru_predictions.parquet")
    assert set(predictions["id"]) == set(split.loc[split["part"] != "train", "id"])
    target = pd.read_parquet(data / "01_raw/smoke/entities.parquet").set_index("id")["target"]
    np.testing.assert_allclose(predictions["target"], target[predictions["id"]], atol=1e-5)


def test_checkpoints_are_safetensors_and_json(finished: Finished) -> None:
    files = {path.name for path in (finished[0] / "data/06_models/smoke/lstm").iterdir()}
    assert files == {"SHA256SUMS", *(f"seed_{seed}.{kind}" for seed in (0, 1) for kind in ("safetensors", "json"))}


def test_one_child_run_per_encoder_and_baseline(finished: Finished, runs: list[Run]) -> None:
    parents = [r for r in runs if "mlflow.parentRunId" not in r.data.tags]
    children = [r for r in runs if "mlflow.parentRunId" in r.data.tags]
    assert len(parents) == 1
    assert {r.data.tags["mlflow.parentRunId"] for r in children} == {parents[0].info.run_id}
    assert sorted(str(r.info.run_name) for r in children) == sorted(MODELS)
    assert {r.info.status for r in runs} == {"FINISHED"}
    client = mlflow.MlflowClient(f"sqlite:///{finished[0]}/mlflow.db")
    logged = {file.path for file in client.list_artifacts(parents[0].info.run_id)}
    assert {"report.html", "decision.json", "ladder.json", "leaderboard_plot.html"} <= logged


def test_children_share_keys_of_curves_and_scores(finished: Finished, runs: list[Run]) -> None:
    client = mlflow.MlflowClient(f"sqlite:///{finished[0]}/mlflow.db")
    shared = {
        "train_loss",
        "val_loss",
        "val_score",
        "r2_low",
        "disk_kb",
        "r2",
        "r2_std",
        "parameters",
        "fit_seconds",
        "latency_ms_batch_1",
    }
    for child in (r for r in runs if "encoder" in r.data.tags):
        assert shared <= set(child.data.metrics)
        assert [m.step for m in client.get_metric_history(child.info.run_id, "val_loss")] == [0, 1]
        assert child.data.params["encoder.name"] == child.data.tags["encoder"]
        assert child.data.params["training.max_epochs"] == "2"
        assert "checkpoints" in {file.path for file in client.list_artifacts(child.info.run_id)}


def test_a_baselines_child_has_its_parameters_scores_rounds_and_files(finished: Finished, runs: list[Run]) -> None:
    client = mlflow.MlflowClient(f"sqlite:///{finished[0]}/mlflow.db")
    for child in (r for r in runs if "baseline" in r.data.tags):
        name, params, metrics = child.data.tags["baseline"], child.data.params, child.data.metrics
        assert params["baseline.name"] == name
        assert params["training.seeds"] == "(0, 1)"
        assert {"schema.task", "schema.split.method", "data.source"} <= set(params)
        assert not any(key.startswith("model.") or key == "training.max_epochs" for key in params)
        assert {"r2", "fit_seconds", "latency_ms_batch_1"} <= set(metrics)
        assert not {"train_loss", "val_loss", "parameters"} & set(metrics)
        assert f"{name}.json" in {file.path for file in client.list_artifacts(child.info.run_id)}
        if name != "predict_the_mean":
            assert params["baseline.num_leaves"]
            steps = [m.step for m in client.get_metric_history(child.info.run_id, "val_loss_by_round")]
            assert steps == list(range(len(steps)))
            assert len(steps) > 100
            assert "train_loss_by_round_seed_1" in metrics


def test_mlflow_scores_are_those_of_the_leaderboard(finished: Finished, runs: list[Run]) -> None:
    table = pd.read_parquet(finished[0] / "data/08_reporting/smoke/leaderboard.parquet").set_index("encoder")
    for child in (r for r in runs if "mlflow.parentRunId" in r.data.tags):
        assert child.data.metrics["r2"] == pytest.approx(table.loc[child.info.run_name, "r2"])


def test_parallel_runner_gives_the_same_scores_and_the_same_runs(finished: Finished, project: Path) -> None:
    # As on Linux before Python 3.14.
    done = run(project, "-c", KEDRO, "fork", "run", "--env", "smoke", "--runner", "ParallelRunner")
    assert done.returncode == 0, done.stdout + done.stderr
    pd.testing.assert_frame_equal(scores_of(finished[0]), scores_of(project), check_exact=True)
    client = mlflow.MlflowClient(f"sqlite:///{project}/mlflow.db")
    found = client.search_runs([e.experiment_id for e in client.search_experiments()])
    assert sorted(str(r.info.run_name) for r in found) == sorted(["__default__", *MODELS])
    assert {r.info.status for r in found} == {"FINISHED"}
    assert all("r2" in r.data.metrics for r in found if r.info.run_name in MODELS)


def test_workers_may_be_spawned(finished: Finished, project: Path) -> None:
    # As on macOS. Each starts anew, which takes seconds: one encoder is enough.
    until = ["--pipeline", "train_gru", "--to-outputs", "train.gru.results"]
    done = run(project, "-c", KEDRO, "spawn", "run", "--env", "smoke", "--runner", "ParallelRunner", *until)
    assert done.returncode == 0, done.stdout + done.stderr
    scores, spawned = scores_of(finished[0]), scores_of(project, "07_model_output/smoke/gru_results")
    gru = scores[scores["encoder"] == "gru"].reset_index(drop=True)
    # Counts are fractions beside baselines, which have none.
    pd.testing.assert_frame_equal(gru, spawned, check_exact=True, check_dtype=False)
    client = mlflow.MlflowClient(f"sqlite:///{project}/mlflow.db")
    found = client.search_runs([e.experiment_id for e in client.search_experiments()])
    assert {str(r.info.run_name): r.info.status for r in found} == {"train_gru": "FINISHED", "gru": "FINISHED"}
    assert all("r2" in r.data.metrics for r in found if r.info.run_name == "gru")


def scores_of(project: Path, table: str = "08_reporting/smoke/results") -> pd.DataFrame:
    results = pd.read_parquet(project / f"data/{table}.parquet")
    return results.drop(columns=["fit_seconds", "samples_per_second"])


def test_one_worker_gives_the_same_scores(finished: Finished, kedro_run: Callable[..., None], project: Path) -> None:
    kedro_run("train_lstm", {"training": {"n_workers": 1}}, to_nodes=["train.gather_results"])
    alone, both = scores_of(project), scores_of(finished[0])
    same = both[both["encoder"].isin(["lstm", "predict_the_mean"])].reset_index(drop=True)
    pd.testing.assert_frame_equal(alone, same, check_exact=True)


def test_the_evaluation_stage_works_on_what_a_run_left(
    finished: Finished, kedro_run: Callable[..., None], project: Path
) -> None:
    shutil.copytree(finished[0] / "data", project / "data")
    leaderboard = "data/08_reporting/smoke/leaderboard.parquet"
    (project / leaderboard).unlink()
    kedro_run("evaluation")
    before, after = (pd.read_parquet(folder / leaderboard) for folder in (finished[0], project))
    timed = list(before.filter(like="latency").columns)
    pd.testing.assert_frame_equal(before.drop(columns=timed), after.drop(columns=timed))


OWN_CATALOG = """
entities: {type: pandas.CSVDataset, filepath: data/01_raw/mine/entities.csv}
events: {type: pandas.CSVDataset, filepath: data/01_raw/mine/events.csv}
"""
OWN_PARAMETERS = """
schema:
  id: customer
  target: churned
  task: binary
  numeric: [age]
  categorical: [country]
  order: day
  time: day
  channels: [amount]
  split: {method: random, validation: 0.2, test: 0.2, seed: 0}
encoders:
  learned_decay: {name: learned_decay, unit: time, shortest: 1, longest: 3}
training:
  {seeds: [0], max_epochs: 2, patience: 1, batch_size: 32, learning_rate: 0.01, weight_decay: 0, gradient_clip: 1}
"""


def test_own_tables_need_a_catalog_and_a_schema(kedro_run: Callable[..., None], project: Path) -> None:
    rng, n = np.random.default_rng(0), 120
    raw, conf = project / "data/01_raw/mine", project / "conf/mine"
    raw.mkdir(parents=True)
    conf.mkdir()
    customer = np.arange(n)
    pd.DataFrame(
        {
            "customer": customer,
            "age": rng.integers(18, 80, n),
            "country": rng.choice(["de", "fr"], n),
            "churned": rng.choice(["no", "yes"], n),
        }
    ).to_csv(raw / "entities.csv", index=False)
    pd.DataFrame(
        {"customer": np.repeat(customer, 3), "day": np.tile([3, 1, 2], n), "amount": rng.random(3 * n)}
    ).to_csv(raw / "events.csv", index=False)
    (conf / "catalog.yml").write_text(OWN_CATALOG)
    (conf / "globals.yml").write_text("data_name: mine")
    (conf / "parameters.yml").write_text(OWN_PARAMETERS)
    # What follows the fit is that of the pipeline compare, which has tests of its own.
    kedro_run("train_learned_decay", env="mine", from_nodes=["split_rows"], to_outputs=["train.learned_decay.results"])
    results = pd.read_parquet(project / "data/07_model_output/mine/learned_decay_results.parquet")
    assert results["auc"].between(0, 1).all()


def test_a_baseline_can_be_trained_without_an_encoder(
    finished: Finished, kedro_run: Callable[..., None], project: Path
) -> None:
    kedro_run("train_lightgbm_aggregates", {"training": {"n_workers": 1}})
    alone, every = (scores_of(folder).set_index(["encoder", "seed"]) for folder in (project, finished[0]))
    assert len(alone) == 4
    pd.testing.assert_frame_equal(alone, every.loc[alone.index], check_exact=True)
    assert not (project / "data/08_reporting/smoke/learning_curves.json").exists()


def test_each_run_of_one_process_has_its_own_mlflow_run(kedro_run: Callable[..., None]) -> None:
    for _ in range(2):
        kedro_run("data_generation")
    assert mlflow.active_run() is None
    found = mlflow.search_runs(search_all_experiments=True, output_format="list")
    assert [r.info.status for r in found] == ["FINISHED", "FINISHED"]
