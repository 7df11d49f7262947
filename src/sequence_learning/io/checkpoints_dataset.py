"""Some checkpoints: a folder with safetensors weights and a JSON configuration for each."""

from hashlib import sha256
from pathlib import Path
from typing import Any, ClassVar, Literal

from kedro.io import AbstractDataset

from sequence_learning.atomic import written_whole
from sequence_learning.features.errors import DataError
from sequence_learning.training.checkpoint import Checkpoint, CheckpointConfig

#: Checksums of all other files, as ``sha256sum -c`` reads them.
_SUMS = "SHA256SUMS"


class CheckpointsDataset(AbstractDataset[dict[Any, Checkpoint], dict[Any, Checkpoint]]):
    """Saves ``{seed: Checkpoint}`` as ``seed_<seed>.safetensors`` and ``seed_<seed>.json``; nothing is pickled.

    Loading runs no code, and refuses a file that is not as it was saved.

    Args:
        filepath: a local folder; saving replaces it.
        by: what tells the checkpoints apart: the ``seed``, or the ``encoder``, whose files bear its name.
        metadata: for plugins such as Kedro-Viz.
    """

    #: Where a file is, it cannot be.
    is_folder: ClassVar[bool] = True

    def __init__(
        self, *, filepath: str, by: Literal["seed", "encoder"] = "seed", metadata: dict[str, Any] | None = None
    ) -> None:
        self._filepath = Path(filepath)
        self._by: Literal["seed", "encoder"] = by
        self.metadata = metadata

    def load(self) -> dict[Any, Checkpoint]:
        """Verify and read every checkpoint of the folder."""
        from safetensors.numpy import load

        if not self._exists():
            raise FileNotFoundError(
                f"an encoder must be trained before its checkpoints are read, but {self._filepath} has none; "
                "run its pipeline train_<encoder>, or train_all"
            )
        files = _verified(self._filepath)
        checkpoints = {}
        for name in files:
            if name.endswith(".json"):
                config = CheckpointConfig.model_validate_json(files[name])
                key = config.seed if self._by == "seed" else config.encoder.name
                checkpoints[key] = Checkpoint(config, load(files[name.replace(".json", ".safetensors")]))
        return dict(sorted(checkpoints.items()))

    def save(self, data: dict[Any, Checkpoint]) -> None:
        """Write the folder whole or not at all."""
        from safetensors.numpy import save

        files = {}
        for key, checkpoint in data.items():
            stem = f"seed_{key}" if self._by == "seed" else str(key)
            files[f"{stem}.json"] = checkpoint.config.model_dump_json(indent=2).encode()
            files[f"{stem}.safetensors"] = save(checkpoint.weights)
        with written_whole(self._filepath) as aside:
            aside.mkdir()
            for name, content in files.items():
                (aside / name).write_bytes(content)
            sums = "".join(f"{sha256(content).hexdigest()}  {name}\n" for name, content in files.items())
            (aside / _SUMS).write_text(sums, encoding="ascii", newline="\n")

    def _exists(self) -> bool:
        return (self._filepath / _SUMS).is_file()

    def _describe(self) -> dict[str, Any]:
        return {"filepath": str(self._filepath)}


def _verified(folder: Path) -> dict[str, bytes]:
    """The content of all files that are listed, by name.

    Raises:
        DataError: if one is missing, or is not as it was saved.
    """
    files = {}
    for line in (folder / _SUMS).read_text(encoding="ascii").splitlines():
        expected, name = line.split("  ", 1)
        file = folder / Path(name).name
        content = file.read_bytes() if file.is_file() else b""
        if sha256(content).hexdigest() != expected:
            raise DataError(f"a checkpoint must be as it was saved, but {file} has changed or is gone; train it again")
        files[name] = content
    return files
