from pathlib import Path

import pytest
from kedro.io.core import DatasetError

from sequence_learning.io.fit_store_dataset import FitStoreDataset


def test_the_catalog_entry_loads_as_a_store_that_is_empty_at_first(tmp_path: Path) -> None:
    dataset = FitStoreDataset(filepath=str(tmp_path / "fits"))
    assert dataset.exists()
    dataset.load().note_seconds({"gru": 2.0})
    assert dataset.load().seconds() == {"gru": 2.0}
    assert str(tmp_path / "fits") in str(dataset)


def test_the_path_is_absolute_as_workers_may_be_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert FitStoreDataset(filepath="data/fits").load().folder == tmp_path / "data" / "fits"


def test_the_catalog_entry_is_not_for_outputs(tmp_path: Path) -> None:
    dataset = FitStoreDataset(filepath=str(tmp_path))
    with pytest.raises(DatasetError, match="make it an input"):
        dataset.save(dataset.load())  # type: ignore[arg-type]
