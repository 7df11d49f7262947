"""Fits of encoders, and how they are stored: weights as safetensors, the rest as JSON in the file's head."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sequence_learning.atomic import written_whole_in_a_folder
from sequence_learning.features.model_input import ModelInput
from sequence_learning.fits.job import OnProgress
from sequence_learning.parameters import BESIDE_THE_RECIPE, TrainingParameters
from sequence_learning.source_code import OF_A_FIT, fingerprint
from sequence_learning.training.checkpoint import Checkpoint, CheckpointConfig

if TYPE_CHECKING:
    from sequence_learning.training.fit import FitResult


@dataclass(frozen=True)
class EncoderJob:
    """One fit of an encoder.

    Attributes:
        config: the model, and the seed.
        parameters: how it is trained; seeds and workers do not matter.
    """

    config: CheckpointConfig
    parameters: TrainingParameters

    @property
    def model(self) -> str:
        """Name of the encoder."""
        return self.config.encoder.name

    @property
    def seed(self) -> int:
        """Of weights, order and dropout."""
        return self.config.seed

    @property
    def n_steps(self) -> int:
        """Epochs, at most."""
        return self.parameters.max_epochs

    def depends_on(self) -> dict[str, Any]:
        """Model, training, and the code of both."""
        return {
            "config": self.config.model_dump(mode="json"),
            "training": self.parameters.model_dump(mode="json", exclude=BESIDE_THE_RECIPE),
            "ranks": self.parameters.n_ranks,
            "code": fingerprint(*OF_A_FIT, encoder=self.model),
        }

    def run(self, model_input: ModelInput, file: Path, state_file: Path, on_progress: OnProgress) -> None:
        """Fit from where an interrupted fit stood, or from the beginning."""
        from sequence_learning.training.fit import fit

        write_fit(file, fit(model_input, self.config, self.parameters, on_progress, state_file))
        state_file.unlink(missing_ok=True)


def write_fit(file: Path, result: "FitResult") -> None:
    """Store what a fit left behind."""
    from safetensors.numpy import save_file

    head = {"history": result.history, "costs": result.costs}
    config = result.checkpoint.config.model_dump_json()
    with written_whole_in_a_folder(file, durable=True) as aside:
        save_file(result.checkpoint.weights, aside, metadata={"config": config, "rest": json.dumps(head)})


def read_fit(file: Path) -> "FitResult":
    """What :func:`write_fit` stored."""
    from safetensors import safe_open

    from sequence_learning.training.fit import FitResult

    with safe_open(file, framework="numpy") as stored:
        metadata = stored.metadata()
        weights = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118 - not a dictionary
    config = CheckpointConfig.model_validate_json(metadata["config"])
    return FitResult(Checkpoint(config, weights), **json.loads(metadata["rest"]))
