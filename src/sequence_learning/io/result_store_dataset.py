"""A folder of results as a catalog entry that a node reads and adds to."""

from pathlib import Path
from typing import Any, ClassVar, NoReturn

from kedro.io import AbstractDataset

from sequence_learning.io.result_store import ResultStore


class ResultStoreDataset(AbstractDataset[NoReturn, ResultStore]):
    """Loads as a :class:`~sequence_learning.io.result_store.ResultStore`, empty at first.

    A node that measures much takes it as an input and writes each result when it has it, so that a run that was
    stopped continues where it was. Delete the folder to measure anew.

    Args:
        filepath: a local folder.
        metadata: for plugins such as Kedro-Viz.
    """

    #: Where a file is, it cannot be.
    is_folder: ClassVar[bool] = True

    def __init__(self, *, filepath: str, metadata: dict[str, Any] | None = None) -> None:
        self._filepath = Path(filepath)
        self.metadata = metadata

    def load(self) -> ResultStore:
        """The store."""
        return ResultStore(self._filepath)

    def save(self, data: NoReturn) -> None:
        """Results are written one by one, through the store."""
        raise NotImplementedError("a store of results is written to by the node that loads it; make it an input")

    def _exists(self) -> bool:
        return True

    def _describe(self) -> dict[str, Any]:
        return {"filepath": str(self._filepath)}
