"""A folder of results as a catalog entry that a node reads and adds to."""

from sequence_learning.io.folder_dataset import FolderDataset
from sequence_learning.io.result_store import ResultStore


class ResultStoreDataset(FolderDataset):
    """Loads as a :class:`~sequence_learning.io.result_store.ResultStore`, empty at first.

    A node that measures much takes it as an input and writes each result when it has it.
    """

    def load(self) -> ResultStore:
        """The store."""
        return ResultStore(self._filepath)
