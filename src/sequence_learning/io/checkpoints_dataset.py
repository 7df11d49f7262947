"""Some checkpoints: a folder with safetensors weights and a JSON configuration for each."""

from pathlib import Path
from typing import Any, Literal

from kedro.io import AbstractDataset

from sequence_learning.io.atomic import written_whole
from sequence_learning.training.checkpoint import Checkpoint, CheckpointConfig


class CheckpointsDataset(AbstractDataset[dict[Any, Checkpoint], dict[Any, Checkpoint]]):
    """Saves ``{seed: Checkpoint}`` as ``seed_<seed>.safetensors`` and ``seed_<seed>.json``; nothing is pickled.

    Args:
        filepath: a local folder; saving replaces it.
        by: what tells the checkpoints apart: the ``seed``, or the ``encoder``, whose files bear its name.
        metadata: for plugins such as Kedro-Viz.
    """

    def __init__(
        self, *, filepath: str, by: Literal["seed", "encoder"] = "seed", metadata: dict[str, Any] | None = None
    ) -> None:
        self._filepath = Path(filepath)
        self._by: Literal["seed", "encoder"] = by
        self.metadata = metadata

    def load(self) -> dict[Any, Checkpoint]:
        """Read every checkpoint of the folder."""
        from safetensors.numpy import load_file

        if not self._exists():
            raise FileNotFoundError(
                f"an encoder must be trained before its checkpoints are read, but {self._filepath} has none; "
                "run its pipeline train_<encoder>, or train_all"
            )
        checkpoints = {}
        for file in self._filepath.glob("*.json"):
            config = CheckpointConfig.model_validate_json(file.read_text())
            key = config.seed if self._by == "seed" else config.encoder.name
            checkpoints[key] = Checkpoint(config, load_file(file.with_suffix(".safetensors")))
        return dict(sorted(checkpoints.items()))

    def save(self, data: dict[Any, Checkpoint]) -> None:
        """Write the folder whole or not at all."""
        from safetensors.numpy import save_file

        with written_whole(self._filepath) as aside:
            aside.mkdir()
            for key, checkpoint in data.items():
                stem = f"seed_{key}" if self._by == "seed" else str(key)
                (aside / f"{stem}.json").write_text(checkpoint.config.model_dump_json(indent=2))
                save_file(checkpoint.weights, aside / f"{stem}.safetensors")

    def _exists(self) -> bool:
        return self._filepath.is_dir() and any(self._filepath.glob("*.json"))

    def _describe(self) -> dict[str, Any]:
        return {"filepath": str(self._filepath)}
