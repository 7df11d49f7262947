"""What a run leaves for production: a verified folder."""

import logging
from pathlib import Path
from typing import Any, ClassVar

from kedro.io import AbstractDataset

from sequence_learning.atomic import remove, written_whole
from sequence_learning.inference.bundle import Bundle, Runtime
from sequence_learning.inference.no_bundle import NoBundle

logger = logging.getLogger(__name__)


class BundleDataset(AbstractDataset[Bundle | NoBundle, Bundle]):
    """Saves a bundle whole or not at all; loading verifies every file.

    Saving a :class:`~sequence_learning.inference.no_bundle.NoBundle` removes the bundle of an earlier run, which is not
    what this run would choose, and says so in the log.

    Args:
        filepath: a local folder; saving replaces it.
        runtime: ``torch`` or ``onnx``, which is to compute predictions.
        metadata: for plugins such as Kedro-Viz.
    """

    #: Where a file is, it cannot be.
    is_folder: ClassVar[bool] = True

    def __init__(self, *, filepath: str, runtime: Runtime = "torch", metadata: dict[str, Any] | None = None) -> None:
        self._filepath = Path(filepath)
        self._runtime: Runtime = runtime
        self.metadata = metadata

    def load(self) -> Bundle:
        """Verify the folder and load it."""
        if not self._exists():
            raise FileNotFoundError(
                f"a model must be bundled before it predicts, but {self._filepath} has no bundle; "
                "run a pipeline that trains encoders, such as train_all, or the node make_bundle"
            )
        return Bundle.load(self._filepath, self._runtime)

    def save(self, data: Bundle | NoBundle) -> None:
        """Write the folder whole or not at all."""
        if isinstance(data, NoBundle):
            remove(self._filepath)
            logger.warning("No bundle: %s", data.reason)
            return
        with written_whole(self._filepath) as aside:
            data.save(aside)

    def _exists(self) -> bool:
        return self._filepath.is_dir()

    def _describe(self) -> dict[str, Any]:
        return {"filepath": str(self._filepath), "runtime": self._runtime}
