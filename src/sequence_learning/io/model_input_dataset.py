"""Prepared features as one memory-mapped safetensors file."""

from pathlib import Path
from typing import Any

import numpy as np
from kedro.io import AbstractDataset

from sequence_learning.atomic import written_whole
from sequence_learning.features.model_input import ModelInput
from sequence_learning.spec import InputSpec, TargetSpec

_ARRAYS = ("values", "codes", "offsets", "numeric", "categorical", "target", "part")
_OPTIONAL = ("ages",)


class ModelInputDataset(AbstractDataset[ModelInput, ModelInput]):
    """Saves a :class:`ModelInput`; loading maps the file, so that only what is used is read.

    Args:
        filepath: a local file.
        metadata: for plugins such as Kedro-Viz.
    """

    def __init__(self, *, filepath: str, metadata: dict[str, Any] | None = None) -> None:
        self._filepath = Path(filepath)
        self.metadata = metadata

    def load(self) -> ModelInput:
        """Map the file."""
        from safetensors import safe_open  # the PyTorch flavour maps the file, the numpy flavour copies it

        with safe_open(self._filepath, framework="pt") as file:
            stored = set(file.keys())
            names = _ARRAYS + tuple(name for name in _OPTIONAL if name in stored)
            arrays = {name: file.get_tensor(name).numpy() for name in names}
            metadata = file.metadata()
        return ModelInput(
            **arrays,
            spec=InputSpec.model_validate_json(metadata["spec"]),
            target_spec=TargetSpec.model_validate_json(metadata["target_spec"]),
        )

    def save(self, data: ModelInput) -> None:
        """Write the file whole or not at all."""
        from safetensors.numpy import save_file

        names = _ARRAYS + tuple(name for name in _OPTIONAL if getattr(data, name) is not None)
        with written_whole(self._filepath) as aside:
            save_file(
                {name: np.ascontiguousarray(getattr(data, name)) for name in names},
                aside,
                metadata={
                    "spec": data.spec.model_dump_json(),
                    "target_spec": data.target_spec.model_dump_json(),
                },
            )

    def _exists(self) -> bool:
        return self._filepath.exists()

    def _describe(self) -> dict[str, Any]:
        return {"filepath": str(self._filepath)}
