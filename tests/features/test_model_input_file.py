import os
import pickle
from dataclasses import replace
from pathlib import Path

import joblib
import numpy as np
import pytest

from sequence_learning.features.errors import DataError
from sequence_learning.features.model_input import ModelInput
from sequence_learning.features.model_input_file import (
    MappedModelInput,
    read_again,
    read_model_input,
    write_model_input,
)
from sequence_learning.training.pool import worker_processes
from tests.builders import make_model_input
from tests.io.test_model_input_dataset import assert_equal


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "model_input.safetensors"


def written(file: Path, n_rows: int = 60, *, seed: int = 0) -> ModelInput:
    write_model_input(file, make_model_input(n_rows=n_rows, ages=True, seed=seed))
    return read_model_input(file)


def test_what_is_sent_to_a_process_is_the_path_whatever_the_size(file: Path) -> None:
    data = written(file, 10_000)
    assert len(pickle.dumps(data)) < 500 < data.values.nbytes


def test_another_process_reads_the_same(file: Path) -> None:
    data = written(file)
    assert_equal(pickle.loads(pickle.dumps(data)), data)
    with worker_processes(2):
        found = joblib.Parallel()(joblib.delayed(_facts)(data) for _ in range(2))
    assert {pid for pid, _, _ in found} - {os.getpid()}
    assert {(kind, fingerprint) for _, kind, fingerprint in found} == {("MappedModelInput", data.fingerprint)}


def _facts(data: ModelInput) -> tuple[int, str, str]:
    return os.getpid(), type(data).__name__, data.fingerprint


def test_a_process_maps_the_file_once(file: Path) -> None:
    data = written(file)
    sent = pickle.dumps(data)
    assert pickle.loads(sent) is pickle.loads(sent)


def test_a_file_that_was_replaced_meanwhile_is_refused(file: Path) -> None:
    sent = pickle.dumps(written(file))
    read_again.cache_clear()
    written(file, seed=1)
    with pytest.raises(DataError, match=r"must stay as they are during a run, but .* was replaced; run again"):
        pickle.loads(sent)


def test_a_relative_path_is_found_from_another_folder(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(file.parent)
    written(file)
    sent = pickle.dumps(read_model_input(Path(file.name)))
    read_again.cache_clear()
    monkeypatch.chdir("/")
    assert len(pickle.loads(sent)) == 60


def test_features_made_from_those_of_a_file_are_sent_whole(file: Path) -> None:
    data = written(file)
    made = replace(data, target=data.target + 1)
    again = pickle.loads(pickle.dumps(made))
    assert_equal(again, made)
    assert not isinstance(again, MappedModelInput)
    assert_equal(replace(again, target=data.target), data)


def test_a_file_and_its_copy_in_memory_have_one_fingerprint(file: Path) -> None:
    data = make_model_input(ages=True)
    write_model_input(file, replace(data, numeric=np.asfortranarray(data.numeric)))
    assert read_model_input(file).fingerprint == data.fingerprint
