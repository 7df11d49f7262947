"""A folder as a catalog entry, for a node that keeps its state in it."""

from pathlib import Path
from typing import Any, ClassVar, NoReturn

from kedro.io import AbstractDataset


class FolderDataset(AbstractDataset[NoReturn, Any]):
    """Loads as the folder's path, or what a child makes of it, whether it is there yet or not.

    A run that was stopped continues where it was. Delete the folder to begin anew.

    Args:
        filepath: a local folder.
        metadata: for plugins such as Kedro-Viz.
    """

    #: Where a file is, it cannot be.
    is_folder: ClassVar[bool] = True

    def __init__(self, *, filepath: str, metadata: dict[str, Any] | None = None) -> None:
        self._filepath = Path(filepath)
        self.metadata = metadata

    def load(self) -> Any:  # noqa: ANN401
        """The path."""
        return self._filepath

    def save(self, data: NoReturn) -> None:
        """Files are written one by one, by the node."""
        raise NotImplementedError("a folder is written to by the node that loads it; make it an input")

    def _exists(self) -> bool:
        return True

    def _describe(self) -> dict[str, Any]:
        return {"filepath": str(self._filepath)}
