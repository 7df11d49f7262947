"""The store of fits as a catalog entry that a node reads and adds to."""

from sequence_learning.fits.store import FitStore
from sequence_learning.io.folder_dataset import FolderDataset


class FitStoreDataset(FolderDataset):
    """Loads as a :class:`~sequence_learning.fits.store.FitStore`, empty at first.

    The node that fits takes it as an input and keeps each fit when it has it.
    """

    def load(self) -> FitStore:
        """The store."""
        return FitStore(self._filepath.absolute())
