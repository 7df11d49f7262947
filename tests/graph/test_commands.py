"""Commands that a user starts beside a run."""

import json
from pathlib import Path

from sequence_learning.baselines import BASELINES
from sequence_learning.encoders import ENCODERS

from .conftest import run, run_afresh


def test_kedro_viz_folds_the_models_and_previews_results(finished: tuple[Path, str]) -> None:
    folder, _ = finished
    done = run(folder, "-m", "kedro", "viz", "build", "--include-previews", KEDRO_ENV="smoke")
    assert done.returncode == 0, done.stdout + done.stderr
    api = json.loads((folder / "build/api/main").read_text())
    groups = api["modular_pipelines"]
    top = {child["id"] for child in groups["__root__"]["children"] if child["type"] == "modularPipeline"}
    assert top == {"train"}
    inside = {child["id"] for child in groups["train"]["children"] if child["type"] == "modularPipeline"}
    assert inside == {f"train.{model}" for model in (*ENCODERS, *BASELINES)}
    layers = {node.get("layer") for node in api["nodes"]} - {None}
    assert {
        "01_raw",
        "03_primary",
        "04_feature",
        "05_model_input",
        "06_models",
        "07_model_output",
        "08_reporting",
    } == layers
    ids = {node["name"]: node["id"] for node in api["nodes"]}
    for name in ("entities", "leaderboard", "pareto_plot", "learning_curves", "decision"):
        assert json.loads((folder / "build/api/nodes" / ids[name]).read_text())["preview"]


def test_registry_list_imports_nothing_heavy(project: Path) -> None:
    done = run_afresh(project, "-X", "importtime", "-m", "kedro", "registry", "list")
    assert "train_all" in done.stdout
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "sequence_learning.pipelines.training.pipeline" in imported
    assert not imported & {"torch", "lightning", "lightgbm", "mlflow"}


def test_the_registry_needs_no_heavy_library(project: Path) -> None:
    script = (
        "import sys; from sequence_learning.pipeline_registry import register_pipelines; "
        "register_pipelines(); print([m for m in ('torch', 'lightning', 'mlflow', 'lightgbm') if m in sys.modules])"
    )
    done = run_afresh(project, "-c", script, PYTHONPATH=str(project / "src"))
    assert done.stdout.strip() == "[]", done.stdout + done.stderr
