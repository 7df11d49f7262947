"""Arguments of ``src/train.py``, the one-model command line. The README's test runs it."""

import importlib.util
import sys
from types import ModuleType
from unittest.mock import MagicMock

import pytest
from kedro.runner import SequentialRunner

from sequence_learning.encoders import ENCODERS

from .conftest import REPOSITORY


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


def test_a_name_cut_short_is_refused(train: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        train.parse_arguments(["--model_name", train.model_name("gru"), "--num_epoch", "2"])
    assert "unrecognized arguments: --num_epoch 2" in capsys.readouterr().err


def test_arguments_become_parameters(train: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    create = MagicMock()
    monkeypatch.setattr(train.KedroSession, "create", create)
    sizes = ["--num_samples", "200", "--sequence_length", "6", "--num_features", "3"]
    model = ["--model_name", "GRUModel", "--num_epochs", "2", "--batch_size", "16", "--seed", "7"]
    monkeypatch.setattr(sys, "argv", ["train.py", *model, *sizes])
    train.main()
    create.assert_called_once_with(
        REPOSITORY,
        env="one_model",
        runtime_params={
            "data": {"num_samples": 200, "max_length": 6, "num_channels": 3, "seed": 7},
            "training": {"max_epochs": 2, "batch_size": 16, "seeds": [7]},
        },
    )
    started = create.return_value.__enter__.return_value.run.call_args.kwargs
    assert started["pipeline_names"] == ["train_gru"]
    assert isinstance(started["runner"], SequentialRunner)  # of one that is not named Kedro-Viz warns
