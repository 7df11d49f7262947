"""Made-up jobs, which worker processes can import."""

import errno
import os
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sequence_learning.atomic import written_whole
from sequence_learning.features.model_input import ModelInput
from sequence_learning.fits.encoder_job import EncoderJob
from sequence_learning.fits.job import OnProgress


@dataclass(frozen=True)
class Quick:
    """Writes its name and seed."""

    model: str
    seed: int = 0

    @property
    def n_steps(self) -> int:
        return 3

    def depends_on(self) -> dict[str, Any]:
        return {"made": "up"}

    def run(self, model_input: ModelInput, file: Path, state_file: Path, on_progress: OnProgress) -> None:
        on_progress({"val_loss": 1.0, "seconds": 0.0})
        self.act(state_file)
        with written_whole(file) as aside:
            aside.write_text(f"{self.model} {self.seed}")

    def act(self, state_file: Path) -> None:
        """Whatever else it does."""


@dataclass(frozen=True)
class Raises(Quick):
    """Fails for a reason with another behind it."""

    def act(self, state_file: Path) -> None:
        try:
            raise ValueError("a value must be finite, got nan")
        except ValueError as error:
            raise RuntimeError("wrapped") from error


@dataclass(frozen=True)
class FillsTheDisk(Quick):
    """Writes half of its result, which does not fit."""

    def run(self, model_input: ModelInput, file: Path, state_file: Path, on_progress: OnProgress) -> None:
        with written_whole(file) as aside:
            aside.write_text("half of")
            raise OSError(errno.ENOSPC, "No space left on device")


@dataclass(frozen=True)
class Tells(Quick):
    """Writes what features it was given."""

    def run(self, model_input: ModelInput, file: Path, state_file: Path, on_progress: OnProgress) -> None:
        with written_whole(file) as aside:
            aside.write_text(f"{type(model_input).__name__} {model_input.fingerprint}")


@dataclass(frozen=True)
class KillsItself(Quick):
    """As the system does with a process when memory is short; notes how often, and not more than ``times``."""

    times: int = 1_000_000

    def act(self, state_file: Path) -> None:
        before = len(state_file.read_text()) if state_file.exists() else 0
        state_file.parent.mkdir(parents=True, exist_ok=True)
        if before < self.times:
            state_file.write_text("x" * (before + 1))
            os.kill(os.getpid(), signal.SIGKILL)


@dataclass(frozen=True)
class Lingers(Quick):
    """Writes a file of a new name every tenth of a second, for a minute."""

    def act(self, state_file: Path) -> None:
        state_file.parent.mkdir(parents=True, exist_ok=True)  # no fit may have been kept yet
        for i in range(600):
            state_file.with_name(f"{self.model}_{os.getpid()}_{i}").touch()
            time.sleep(0.1)


@dataclass(frozen=True)
class GoesOn(Quick):
    """Notes its process, and waits to be killed; one that finds the note ends well."""

    dies: bool = False

    def run(self, model_input: ModelInput, file: Path, state_file: Path, on_progress: OnProgress) -> None:
        if not state_file.exists():
            state_file.parent.mkdir(parents=True, exist_ok=True)
            state_file.write_text(str(os.getpid()))
            time.sleep(3 if self.dies else 120)
            os.kill(os.getpid(), signal.SIGKILL)
        with written_whole(file) as aside:
            aside.write_text(f"went on after {len(state_file.read_text().split())}")
        state_file.unlink()


@dataclass(frozen=True)
class DiesOnce(EncoderJob):
    """Kills the second process of its group after two epochs, once the state has had time to be copied."""

    def run(self, model_input: ModelInput, file: Path, state_file: Path, on_progress: OnProgress) -> None:
        from torch.distributed import get_rank

        goes_on = state_file.exists()
        epochs = 0

        def tell(record: Mapping[str, Any]) -> None:
            nonlocal epochs
            epochs += 1
            on_progress(record)
            if epochs == 2 and not goes_on and get_rank() == 1:
                time.sleep(3)
                os.kill(os.getpid(), signal.SIGKILL)

        super().run(model_input, file, state_file, tell)
