"""``src/train.py``, the one-model command line."""

import importlib.util
from pathlib import Path
from types import ModuleType

import mlflow
import pandas as pd
import pytest

from sequence_learning.encoders import ENCODERS

from .conftest import REPOSITORY, run


@pytest.fixture(scope="module")
def train() -> ModuleType:
    spec = importlib.util.spec_from_file_location("train", REPOSITORY / "src/train.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_model_names(train: ModuleType) -> None:
    assert set(map(train.model_name, ENCODERS)) == {
        "TabularOnlyModel",
        "StatisticalAggregationModel",
        "FixedPositionalWeightingModel",
        "LearnedStaticPositionalWeightingModel",
        "LearnedWeightedAverageModel",
        "CNNModel",
        "LSTMModel",
        "GRUModel",
        "TransformerModel",
        "LearnedDecayModel",
        "RandomConvolutionModel",
        "StateSpaceModel",
    }


@pytest.mark.parametrize("encoder", list(ENCODERS))
def test_every_model_name_is_understood(train: ModuleType, encoder: str) -> None:
    assert train.parse_arguments(["--model_name", train.model_name(encoder)]).encoder == encoder


def test_wrong_name_lists_the_names(train: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        train.parse_arguments(["--model_name", "PerceptronModel"])
    assert stopped.value.code == 2
    printed = capsys.readouterr().err
    assert all(train.model_name(encoder) in printed for encoder in ENCODERS)


def test_runs_as_the_readme_says_and_lands_in_the_same_experiment(project: Path) -> None:
    sizes = ["--num_samples", "200", "--sequence_length", "6", "--num_features", "3"]
    model = ["--model_name", "StatisticalAggregationModel", "--num_epochs", "2", "--batch_size", "32"]
    done = run(project, "src/train.py", *model, *sizes)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "statistical_aggregation" in done.stdout[done.stdout.index("Test r2") :]
    events = pd.read_parquet(project / "data/01_raw/one_model/events.parquet")
    assert events.groupby("id").size().max() == 6
    assert list(events.columns) == ["id", "step", "channel_0", "channel_1", "channel_2", "kind"]
    client = mlflow.MlflowClient(f"sqlite:///{project}/mlflow.db")
    experiment = client.get_experiment_by_name("sequence_learning")
    assert experiment is not None
    assert {r.info.status for r in client.search_runs([experiment.experiment_id])} == {"FINISHED"}
