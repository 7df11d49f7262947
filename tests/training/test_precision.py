from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from sequence_learning.training import precision
from sequence_learning.training.precision import may_have_gpu, on_gpu
from tests.builders import make_training


@pytest.fixture
def computer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What stands for /dev and /proc, of a computer with Linux on which PyTorch finds a GPU once it is asked."""
    (tmp_path / "null").touch()
    monkeypatch.setattr(precision, "_DEVICES", tmp_path)
    monkeypatch.setattr(precision, "_DRIVER", tmp_path / "driver")
    monkeypatch.setattr(precision, "system", lambda: "Linux")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    return tmp_path


@pytest.mark.parametrize(
    "name", ["nvidia0", "nvidiactl", "nvhost-gpu", "nvgpu", "dxg", "kfd", "driver", "nvidia-smi", "nvidia-modprobe"]
)
def test_whatever_there_is_of_a_gpu_may_be_one(computer: Path, name: str) -> None:
    assert not may_have_gpu()
    (computer / name).touch(mode=0o755)
    assert may_have_gpu()


def test_other_systems_have_other_devices(computer: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(precision, "system", lambda: "Windows")
    assert may_have_gpu()
    monkeypatch.setattr(precision, "system", lambda: "Darwin")
    assert not may_have_gpu()


@pytest.mark.parametrize(
    ("imported", "device", "asked"), [(True, False, True), (False, True, True), (False, False, False)]
)
def test_pytorch_is_asked_where_it_was_imported_or_there_may_be_a_gpu(
    computer: Path, imported: bool, device: bool, asked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(precision, "sys", SimpleNamespace(modules={"torch": torch} if imported else {}))
    if device:
        (computer / "nvidia0").touch()
    assert on_gpu(make_training(accelerator="auto")) is asked
    assert not on_gpu(make_training(accelerator="cpu"))
