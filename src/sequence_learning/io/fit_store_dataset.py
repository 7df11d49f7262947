"""The store of fits as a catalog entry that a node reads and adds to."""

from pathlib import Path
from typing import Any, ClassVar, NoReturn

from kedro.io import AbstractDataset

from sequence_learning.fits.store import FitStore


class FitStoreDataset(AbstractDataset[NoReturn, FitStore]):
    """Loads as a :class:`~sequence_learning.fits.store.FitStore`, empty at first.

    The node that fits takes it as an input and keeps each fit when it has it, so that a run that was stopped continues
    where it was. Delete the folder to fit anew.

    Args:
        filepath: a local folder.
        metadata: for plugins such as Kedro-Viz.
    """

    #: Where a file is, it cannot be.
    is_folder: ClassVar[bool] = True

    def __init__(self, *, filepath: str, metadata: dict[str, Any] | None = None) -> None:
        self._filepath = Path(filepath)
        self.metadata = metadata

    def load(self) -> FitStore:
        """The store."""
        return FitStore(self._filepath.absolute())

    def save(self, data: NoReturn) -> None:
        """Fits are written one by one, through the store."""
        raise NotImplementedError("a store of fits is written to by the node that loads it; make it an input")

    def _exists(self) -> bool:
        return True

    def _describe(self) -> dict[str, Any]:
        return {"filepath": str(self._filepath)}
