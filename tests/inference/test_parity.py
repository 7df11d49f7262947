"""What a model predicted when it was trained, its bundle predicts from raw tables, in PyTorch and in ONNX Runtime."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from sequence_learning.encoders import ENCODERS
from sequence_learning.evaluation.calibration import scale_by_temperature
from sequence_learning.inference import Bundle
from sequence_learning.inference.bundle import RUNTIMES
from sequence_learning.parameters import Task
from sequence_learning.training.checkpoint import Checkpoint
from sequence_learning.training.predict import predict
from tests.builders import TASKS
from tests.inference.made import LENGTHS, packed, raw_tables

#: Between the exported encoders are all fusions, embeddings and backbones, since an export takes seconds.
OPTIONS: dict[str, dict[str, Any]] = {
    "random_convolution": {"fusion": "gated", "numbers": "periodic"},
    "cnn": {"fusion": "film"},
    "gru": {"fusion": "film", "backbone": "tabm"},
    "lstm": {"numbers": "periodic", "fusion": "gated"},
    "statistical_aggregation": {"fusion": "query", "backbone": "tabm", "numbers": "piecewise_linear"},
    "transformer": {"fusion": "query"},
    "learned_weighted_average": {"backbone": "none"},
}
#: Encoders of a model that is exported whole. The other two cost most: their own graphs are compared in
#: tests/encoders/test_contract.py, and a model with one of them is otherwise that with a GRU.
EXPORTED = [encoder for encoder in ENCODERS if encoder not in {"lstm", "state_space"}]
#: Rows that are asked for at once: some have no events, one has 40; few are of sizes that the exporter has seen.
REQUESTS = ([2], [0], [0, 1, 6], [4], [3, 8], list(range(len(LENGTHS))))


def as_trained(bundle: Bundle, checkpoint: Checkpoint, task: Task) -> pd.DataFrame:
    """Predictions by the way of training: features with a target and a part, and the model in PyTorch."""
    entities, events = raw_tables(task)
    model_input = bundle.transformer.transform(entities, events, pd.Series("test", index=entities.index))
    columns = predict(checkpoint.load_model(), model_input, np.arange(len(entities)))
    if task == "regression":
        return pd.DataFrame({"prediction": columns["prediction"]})
    scaled = scale_by_temperature(np.stack(list(columns.values()), axis=1), bundle.calibration.temperature)
    return pd.DataFrame(scaled, columns=[f"p_{name}" for name in bundle.transformer.target.classes])


def differences(bundle: Bundle, expected: pd.DataFrame, task: Task) -> Iterator[float]:
    """The largest of every request, in standard deviations of the target or as a difference of probabilities."""
    entities, events = raw_tables(task)
    for rows in REQUESTS:
        asked = entities.iloc[rows].drop(columns="spent")
        theirs = events[events["customer"].isin(asked["customer"])]
        found = bundle.predict(asked, theirs)
        assert list(found["customer"]) == list(asked["customer"])
        gaps = (
            found[expected.columns] - expected.iloc[rows].reset_index(drop=True)
        ).abs() / bundle.transformer.target.std
        yield gaps.to_numpy().max()


@pytest.mark.parametrize("encoder", EXPORTED)
def test_both_runtimes_predict_what_training_did(encoder: str, tmp_path: Path) -> None:
    place = list(ENCODERS).index(encoder)  # in turn, so that both kinds of data meet all three kinds of target
    task, timed = TASKS[place % 3], place % 2 == 0
    made, checkpoint = packed(task, encoder, timed=timed, **OPTIONS.get(encoder, {}))
    made.save(tmp_path / "bundle")
    expected = as_trained(made, checkpoint, task)
    assert expected.std().max() > 1e-3
    for runtime in RUNTIMES:
        bundle = Bundle.load(tmp_path / "bundle", runtime)
        assert max(differences(bundle, expected, task)) < 1e-5


@pytest.mark.usefixtures("without_graph")
@pytest.mark.parametrize("timed", [True, False], ids=["timed", "untimed"])
@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("encoder", ENCODERS)
def test_every_encoder_on_every_kind_of_data(encoder: str, task: Task, timed: bool, tmp_path: Path) -> None:
    made, checkpoint = packed(task, encoder, timed=timed, **OPTIONS.get(encoder, {}))
    made.save(tmp_path / "bundle")
    bundle = Bundle.load(tmp_path / "bundle")
    assert max(differences(bundle, as_trained(made, checkpoint, task), task)) < 1e-5
