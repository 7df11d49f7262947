import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from kedro.io.core import DatasetError
from safetensors import safe_open
from safetensors.numpy import save_file

from sequence_learning.dataloaders import create_dataloaders
from sequence_learning.features.model_input import ModelInput
from sequence_learning.io.model_input_dataset import ModelInputDataset
from tests.builders import make_model_input

ARRAYS = ("values", "codes", "offsets", "numeric", "categorical", "target", "part")


def assert_equal(loaded: ModelInput, expected: ModelInput) -> None:
    for name in ARRAYS if expected.ages is None else (*ARRAYS, "ages"):
        np.testing.assert_array_equal(getattr(loaded, name), getattr(expected, name), strict=True)
    assert loaded.spec == expected.spec
    assert loaded.target_spec == expected.target_spec
    assert (loaded.ages is None) == (expected.ages is None)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "model_input.safetensors"


@pytest.fixture
def dataset(file: Path) -> ModelInputDataset:
    return ModelInputDataset(filepath=str(file))


def test_what_is_saved_is_what_is_loaded(dataset: ModelInputDataset, model_input: ModelInput) -> None:
    assert not dataset.exists()
    dataset.save(model_input)
    assert dataset.exists()
    assert_equal(dataset.load(), model_input)


@pytest.mark.parametrize(
    "columns",
    [
        {"n_channels": 0},
        {"event_categories": ()},
        {"n_numeric": 0, "categories": ()},
        {"lengths": [0, 0, 0]},
        {"event_categories": (2, 3, 4), "categories": (9,)},
        {"ages": True},
        {"ages": True, "lengths": [0, 0, 0]},
        {"ages": True, "n_channels": 0, "event_categories": ()},
    ],
)
def test_any_kind_of_column_may_be_absent(dataset: ModelInputDataset, columns: dict[str, object]) -> None:
    data = make_model_input(**columns)
    dataset.save(data)
    assert_equal(dataset.load(), data)


def test_arrays_that_are_not_contiguous_are_saved_as_they_look(dataset: ModelInputDataset) -> None:
    data = make_model_input()
    dataset.save(replace(data, values=np.asfortranarray(data.values), numeric=data.numeric[::-1]))
    assert_equal(dataset.load(), replace(data, numeric=data.numeric[::-1].copy()))


def test_a_file_without_times_names_none(dataset: ModelInputDataset, file: Path) -> None:
    dataset.save(make_model_input())
    with safe_open(file, framework="np") as stored:
        assert set(stored.keys()) == set(ARRAYS)


def test_a_file_from_before_there_were_ages_still_loads(dataset: ModelInputDataset, file: Path) -> None:
    data = make_model_input()
    dataset.save(data)
    with safe_open(file, framework="np") as stored:
        arrays = {name: stored.get_tensor(name) for name in ARRAYS}
        metadata = stored.metadata()
    older = json.loads(metadata["spec"])
    del older["has_ages"]
    save_file(arrays, file, metadata | {"spec": json.dumps(older)})
    assert_equal(dataset.load(), data)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks at /proc")
def test_loading_maps_the_file(dataset: ModelInputDataset, file: Path) -> None:
    dataset.save(make_model_input(ages=True))
    loaded = dataset.load()
    assert str(file) in Path("/proc/self/maps").read_text()
    assert len(loaded) == 60


def test_mapped_features_can_be_saved_over_their_own_file(dataset: ModelInputDataset, file: Path) -> None:
    data = make_model_input()
    dataset.save(data)
    loaded = dataset.load()
    dataset.save(replace(loaded, target=loaded.target + 1))
    assert_equal(loaded, data)
    assert_equal(dataset.load(), replace(data, target=data.target + 1))
    assert [path.name for path in file.parent.iterdir()] == [file.name]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("ages", [False, True])
def test_mapped_features_make_the_same_batches(dataset: ModelInputDataset, ages: bool) -> None:
    data = make_model_input(ages=ages)
    dataset.save(data)
    for part, loader in create_dataloaders(dataset.load(), 8).items():
        for batch, expected in zip(loader, create_dataloaders(data, 8)[part], strict=True):
            for name in vars(batch):
                np.testing.assert_array_equal(getattr(batch, name), getattr(expected, name))


def test_a_save_that_fails_leaves_the_file_as_it_was(dataset: ModelInputDataset, file: Path) -> None:
    data = make_model_input()
    dataset.save(data)
    before = file.read_bytes()
    with pytest.raises(DatasetError):
        dataset.save(replace(data, target=np.array([object()] * 60)))
    assert file.read_bytes() == before
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_a_first_save_that_fails_leaves_nothing(dataset: ModelInputDataset, file: Path) -> None:
    with pytest.raises(DatasetError):
        dataset.save(replace(make_model_input(), part=np.array([object()])))
    assert not dataset.exists()
    assert list(file.parent.iterdir()) == []


def test_a_missing_file_is_an_error_that_names_it(dataset: ModelInputDataset, file: Path) -> None:
    with pytest.raises(DatasetError, match=file.name):
        dataset.load()
