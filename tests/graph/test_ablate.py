"""The run that measures changes to the configuration."""

from collections.abc import Callable
from pathlib import Path

import mlflow
import pandas as pd
import yaml

from sequence_learning.encoders import ENCODERS
from sequence_learning.evaluation.ablation import plan_variations
from sequence_learning.parameters import (
    AblationParameters,
    EncoderParameters,
    ModelParameters,
    TrainingParameters,
)

from .conftest import REPOSITORY


def test_ablations_are_measured_written_and_tracked(kedro_run: Callable[..., None], project: Path) -> None:
    kedro_run("ablate", {"ablations": {"run": "fusion"}, "training": {"max_epochs": 1, "seeds": [0]}})
    summary = pd.read_parquet(project / "data/08_reporting/smoke/ablations.parquet")
    assert set(summary["group"]) == {"fusion"}
    assert summary["change"].tolist() == ["concat", "film"] * 2
    run = mlflow.search_runs(search_all_experiments=True, output_format="list")[0]
    files = {file.path for file in mlflow.MlflowClient().list_artifacts(run.info.run_id)}
    assert {"ablations.json", "ablations_plot.html"} <= files


def test_the_ablations_of_the_base_environment_fit_its_configuration() -> None:
    base = REPOSITORY / "conf/base"
    read = {
        block: content
        for file in ("ablations", "encoders", "training")
        for block, content in yaml.safe_load((base / f"parameters_{file}.yml").read_text()).items()
    }
    text = yaml.safe_dump(read["ablations"]).replace("${model.d_tabular}", str(read["model"]["d_tabular"]))
    ablations = AblationParameters.model_validate(yaml.safe_load(text.replace("d_query: '64'", "d_query: 64")))
    encoders = {name: EncoderParameters.model_validate(block) for name, block in read["encoders"].items()}
    training = TrainingParameters.model_validate(read["training"])
    plan = plan_variations(ablations, encoders, ModelParameters.model_validate(read["model"]), training)
    assert {variation.encoder.name for variation in plan} == set(ENCODERS)
