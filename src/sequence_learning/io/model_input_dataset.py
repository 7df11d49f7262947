"""Prepared features as a catalog entry."""

from pathlib import Path
from typing import Any

from kedro.io import AbstractDataset

from sequence_learning.features.feature_stream import FeatureStream
from sequence_learning.features.model_input import ModelInput
from sequence_learning.features.model_input_file import (
    read_model_input,
    write_model_input,
    write_sharded_model_input,
)


class ModelInputDataset(AbstractDataset[ModelInput | FeatureStream, ModelInput]):
    """Saves a :class:`ModelInput` as a safetensors file; loading maps it, so that only what is used is read.

    A :class:`FeatureStream` is prepared while it is saved, as one file and a folder of shards beside it.

    Args:
        filepath: a local file.
        metadata: for plugins such as Kedro-Viz.
    """

    def __init__(self, *, filepath: str, metadata: dict[str, Any] | None = None) -> None:
        self._filepath = Path(filepath)
        self.metadata = metadata

    def load(self) -> ModelInput:
        """Map the file."""
        return read_model_input(self._filepath)

    def save(self, data: ModelInput | FeatureStream) -> None:
        """Write it whole or not at all."""
        if isinstance(data, FeatureStream):
            write_sharded_model_input(self._filepath, data, data.window_mb)
        else:
            write_model_input(self._filepath, data)

    def _exists(self) -> bool:
        return self._filepath.exists()

    def _describe(self) -> dict[str, Any]:
        return {"filepath": str(self._filepath)}
