import logging
from pathlib import Path

import pandas as pd
import pytest
from kedro.io.core import DatasetError

from sequence_learning.inference import Bundle
from sequence_learning.inference.no_bundle import NoBundle
from sequence_learning.io.bundle_dataset import BundleDataset
from tests.inference.made import packed, raw_tables


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sequence_learning.exported_model.export_model", lambda model, spec: b"")
        return packed()[0]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "models" / "bundle"


@pytest.fixture
def dataset(folder: Path) -> BundleDataset:
    return BundleDataset(filepath=str(folder))


def test_a_loaded_bundle_predicts_the_same(dataset: BundleDataset, bundle: Bundle) -> None:
    assert not dataset.exists()
    dataset.save(bundle)
    assert dataset.exists()
    pd.testing.assert_frame_equal(dataset.load().predict(*raw_tables()), bundle.predict(*raw_tables()))


def test_saving_replaces_the_whole_folder(dataset: BundleDataset, bundle: Bundle, folder: Path) -> None:
    dataset.save(bundle.with_documents({"old.json": "{}"}))
    dataset.save(bundle)
    assert dataset.load().manifest == bundle.manifest
    assert [path.name for path in folder.parent.iterdir()] == ["bundle"]


def test_a_save_that_fails_leaves_the_earlier_bundle(
    dataset: BundleDataset, bundle: Bundle, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset.save(bundle.with_documents({"old.json": "{}"}))
    monkeypatch.setattr(Path, "write_text", lambda *_, **__: 1 / 0)  # the manifest comes last
    with pytest.raises(DatasetError):
        dataset.save(bundle)
    monkeypatch.undo()
    assert "old.json" in dataset.load().files
    assert [path.name for path in folder.parent.iterdir()] == ["bundle"]


def test_no_bundle_takes_the_earlier_one_away_and_says_why(
    dataset: BundleDataset, bundle: Bundle, caplog: pytest.LogCaptureFixture
) -> None:
    dataset.save(bundle)
    with caplog.at_level(logging.WARNING):
        dataset.save(NoBundle("nothing fits; raise the budget"))
    assert "No bundle: nothing fits; raise the budget" in caplog.text
    assert not dataset.exists()
    with pytest.raises(DatasetError, match=r"must be bundled before it predicts, but .* has no bundle; run"):
        dataset.load()


def test_what_was_changed_is_refused(dataset: BundleDataset, bundle: Bundle, folder: Path) -> None:
    dataset.save(bundle)
    (folder / "schema.json").write_text("{}")
    with pytest.raises(DatasetError, match=r"schema\.json has changed"):
        dataset.load()
