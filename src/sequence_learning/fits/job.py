"""What the queue runs: a fit of one model with one seed."""

import hashlib
import json
from abc import abstractmethod
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

from sequence_learning.features.model_input import ModelInput
from sequence_learning.source_code import LIBRARIES

#: Takes a record with ``val_loss`` and ``seconds``, for the progress bar.
OnProgress = Callable[[Mapping[str, Any]], None]

_LENGTH_OF_HASH = 16


class Job(Protocol):
    """One fit, not yet done."""

    @property
    def model(self) -> str:
        """Name of the encoder or baseline."""

    @property
    def seed(self) -> int:
        """Of everything that is random."""

    @property
    def n_steps(self) -> int:
        """Epochs or rounds, at most."""

    @abstractmethod
    def depends_on(self) -> dict[str, Any]:
        """All that the result depends on beside the data, as JSON: configuration and code."""

    @abstractmethod
    def run(self, model_input: ModelInput, file: Path, state_file: Path, on_progress: OnProgress) -> None:
        """Fit, and write the result to ``file``, whole or not at all; ``state_file`` is for what is not done yet."""


def title_of(job: Job) -> str:
    """Of its progress bar."""
    return f"{job.model} seed {job.seed}"


def key_of(job: Job, model_input: ModelInput) -> str:
    """The fit's name in the store; another one if anything changes that the result depends on."""
    whole = [model_input.fingerprint, job.depends_on(), [version(library) for library in LIBRARIES]]
    digest = hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()
    return f"{job.model}_seed_{job.seed}_{digest[:_LENGTH_OF_HASH]}"
