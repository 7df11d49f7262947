"""The checkpoints of one encoder: a folder with safetensors weights and a JSON configuration per seed."""

from pathlib import Path
from typing import Any

from kedro.io import AbstractDataset

from sequence_learning.io.atomic import written_whole
from sequence_learning.training.checkpoint import Checkpoint, CheckpointConfig


class CheckpointsDataset(AbstractDataset[dict[int, Checkpoint], dict[int, Checkpoint]]):
    """Saves ``{seed: Checkpoint}`` as ``seed_<seed>.safetensors`` and ``seed_<seed>.json``; nothing is pickled.

    Args:
        filepath: a local folder; saving replaces it.
        metadata: for plugins such as Kedro-Viz.
    """

    def __init__(self, *, filepath: str, metadata: dict[str, Any] | None = None) -> None:
        self._filepath = Path(filepath)
        self.metadata = metadata

    def load(self) -> dict[int, Checkpoint]:
        """Read every checkpoint of the folder."""
        from safetensors.numpy import load_file

        if not self._exists():
            raise FileNotFoundError(
                f"an encoder must be trained before its checkpoints are read, but {self._filepath} has none; "
                "run its pipeline train_<encoder>, or train_all"
            )
        checkpoints = {}
        for file in self._filepath.glob("seed_*.json"):
            config = CheckpointConfig.model_validate_json(file.read_text())
            checkpoints[config.seed] = Checkpoint(config, load_file(file.with_suffix(".safetensors")))
        return dict(sorted(checkpoints.items()))

    def save(self, data: dict[int, Checkpoint]) -> None:
        """Write the folder whole or not at all."""
        from safetensors.numpy import save_file

        with written_whole(self._filepath) as aside:
            aside.mkdir()
            for seed, checkpoint in data.items():
                (aside / f"seed_{seed}.json").write_text(checkpoint.config.model_dump_json(indent=2))
                save_file(checkpoint.weights, aside / f"seed_{seed}.safetensors")

    def _exists(self) -> bool:
        return self._filepath.is_dir() and any(self._filepath.glob("seed_*.json"))

    def _describe(self) -> dict[str, Any]:
        return {"filepath": str(self._filepath)}
