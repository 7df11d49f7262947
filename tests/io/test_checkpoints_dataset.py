import pickle
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from kedro.io.core import DatasetError

from sequence_learning.encoders import ENCODERS
from sequence_learning.io.checkpoints_dataset import CheckpointsDataset
from sequence_learning.training.checkpoint import Checkpoint
from sequence_learning.training.predict import predict
from tests.builders import make_checkpoint, make_config, make_model_input

DATA = make_model_input()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "models" / "gru"


@pytest.fixture
def dataset(folder: Path) -> CheckpointsDataset:
    return CheckpointsDataset(filepath=str(folder))


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@pytest.mark.parametrize("encoder", ENCODERS)
def test_a_loaded_model_predicts_the_same(dataset: CheckpointsDataset, encoder: str) -> None:
    checkpoint = make_checkpoint(DATA, encoder, seed=3)
    dataset.save({3: checkpoint})
    loaded = dataset.load()[3]
    assert loaded.config == checkpoint.config
    rows = np.arange(len(DATA))
    prediction = predict(loaded.load_model(), DATA, rows)["prediction"]
    np.testing.assert_array_equal(prediction, predict(checkpoint.load_model(), DATA, rows)["prediction"])


def test_weights_keep_their_names_types_and_shapes(dataset: CheckpointsDataset) -> None:
    checkpoint = make_checkpoint(DATA, "transformer")
    dataset.save({0: checkpoint})
    weights = dataset.load()[0].weights
    assert weights.keys() == checkpoint.weights.keys()
    for name, weight in checkpoint.weights.items():
        np.testing.assert_array_equal(weights[name], weight, strict=True)


def test_seeds_come_back_in_order(dataset: CheckpointsDataset) -> None:
    dataset.save({seed: make_checkpoint(DATA, seed=seed) for seed in (10, 2, 0)})
    loaded = dataset.load()
    assert list(loaded) == [0, 2, 10]
    assert [checkpoint.config.seed for checkpoint in loaded.values()] == [0, 2, 10]


def test_there_are_weights_and_a_configuration_per_seed_and_no_pickle(
    dataset: CheckpointsDataset, folder: Path
) -> None:
    assert not dataset.exists()
    dataset.save({seed: make_checkpoint(DATA, seed=seed) for seed in (0, 1)})
    assert dataset.exists()
    assert names(folder) == {"SHA256SUMS", "seed_0.json", "seed_0.safetensors", "seed_1.json", "seed_1.safetensors"}


def test_saving_replaces_what_was_there(dataset: CheckpointsDataset, folder: Path) -> None:
    dataset.save({seed: make_checkpoint(DATA, seed=seed) for seed in (0, 1)})
    dataset.save({2: make_checkpoint(DATA, "cnn", seed=2)})
    assert list(dataset.load()) == [2]
    assert names(folder.parent) == {"gru"}


def test_a_save_that_fails_leaves_the_folder_as_it_was(dataset: CheckpointsDataset, folder: Path) -> None:
    dataset.save({0: make_checkpoint(DATA)})
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    broken = Checkpoint(make_config(DATA, seed=1), {"weight": np.array([object()])})
    with pytest.raises(DatasetError):
        dataset.save({5: make_checkpoint(DATA, "cnn", seed=5), 1: broken})
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert names(folder.parent) == {"gru"}


def test_a_folder_that_is_not_there_is_answered_with_what_to_run(dataset: CheckpointsDataset) -> None:
    assert not dataset.exists()
    with pytest.raises(DatasetError, match=r"must be trained before .* has none; run its pipeline train_"):
        dataset.load()


def test_checkpoints_of_several_encoders_bear_their_names(folder: Path) -> None:
    dataset = CheckpointsDataset(filepath=str(folder), by="encoder")
    dataset.save({name: make_checkpoint(DATA, name, seed=seed) for name, seed in (("gru", 4), ("cnn", 4))})
    assert names(folder) == {"SHA256SUMS", "cnn.json", "cnn.safetensors", "gru.json", "gru.safetensors"}
    loaded = dataset.load()
    assert {name: checkpoint.config.encoder.name for name, checkpoint in loaded.items()} == {"cnn": "cnn", "gru": "gru"}


class Exploit:
    """Unpickled, it leaves a file behind."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (self.mark,)


@pytest.mark.parametrize("name", ["seed_0.safetensors", "seed_0.json"])
def test_loading_never_runs_code(dataset: CheckpointsDataset, folder: Path, tmp_path: Path, name: str) -> None:
    dataset.save({0: make_checkpoint(DATA)})
    (folder / name).write_bytes(pickle.dumps(Exploit(tmp_path / "was run")))
    with pytest.raises(DatasetError, match=rf"must be as it was saved, but .*{name} has changed or is gone"):
        dataset.load()
    # Neither where the checksum has been made to fit.
    sums = [f"{sha256((folder / file).read_bytes()).hexdigest()}  {file}\n" for file in names(folder) - {"SHA256SUMS"}]
    (folder / "SHA256SUMS").write_text("".join(sums))
    with pytest.raises(DatasetError):
        dataset.load()
    assert not (tmp_path / "was run").exists()


def test_a_file_that_is_gone_is_missed(dataset: CheckpointsDataset, folder: Path) -> None:
    dataset.save({seed: make_checkpoint(DATA, seed=seed) for seed in (0, 1)})
    (folder / "seed_1.json").unlink()
    with pytest.raises(DatasetError, match=r"seed_1.json has changed or is gone; train it again"):
        dataset.load()


def test_files_outside_the_folder_are_not_read(dataset: CheckpointsDataset, folder: Path) -> None:
    dataset.save({0: make_checkpoint(DATA)})
    (folder.parent / "other.json").write_text("{}")
    with (folder / "SHA256SUMS").open("a") as sums:
        sums.write(f"{sha256(b'{}').hexdigest()}  ../other.json\n")
    with pytest.raises(DatasetError, match=r"gru/other.json has changed or is gone"):
        dataset.load()
