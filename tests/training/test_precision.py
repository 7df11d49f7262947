import sys
from pathlib import Path

import pytest
import torch

from sequence_learning.training import precision
from sequence_learning.training.precision import may_have_gpu, on_gpu
from tests.builders import make_training


@pytest.fixture
def devices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What stands for /dev, of a computer with Linux on which PyTorch finds a GPU."""
    (tmp_path / "null").touch()
    monkeypatch.setattr(precision, "_DEVICES", tmp_path)
    monkeypatch.setattr(precision, "system", lambda: "Linux")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    return tmp_path


@pytest.mark.parametrize("name", ["nvidia0", "nvidiactl", "nvhost-gpu", "nvgpu", "dxg", "kfd"])
def test_a_device_may_be_a_gpu(devices: Path, name: str) -> None:
    assert not may_have_gpu()
    (devices / name).touch()
    assert may_have_gpu()


def test_other_systems_have_other_devices(devices: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(precision, "system", lambda: "Windows")
    assert may_have_gpu()
    monkeypatch.setattr(precision, "system", lambda: "Darwin")
    assert not may_have_gpu()


def test_pytorch_is_asked_where_it_was_imported_or_there_may_be_a_gpu(
    devices: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    training = make_training(accelerator="auto")
    assert on_gpu(training)
    with monkeypatch.context() as patch:
        patch.delitem(sys.modules, "torch")
        assert not on_gpu(training)
        assert "torch" not in sys.modules
    (devices / "nvidia0").touch()
    assert on_gpu(training)
    assert not on_gpu(make_training(accelerator="cpu"))
