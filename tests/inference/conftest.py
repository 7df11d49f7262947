import pytest

from sequence_learning.inference import Bundle
from tests.inference.made import packed


@pytest.fixture(scope="session")
def bundle() -> Bundle:
    """Of a regression, with its graph; exporting it takes a second."""
    return packed()[0]


@pytest.fixture
def without_graph(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bundles are packed at once, and run in PyTorch alone."""
    monkeypatch.setattr("sequence_learning.exported_model.export_model", lambda model, spec: b"")
