"""Results by key, each a small JSON file that appears whole as soon as it is known."""

import json
from pathlib import Path
from typing import Any

from sequence_learning.io.atomic import written_whole


class ResultStore:
    """A folder of results; processes may write to it side by side.

    Args:
        folder: need not exist.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __contains__(self, key: str) -> bool:
        return self._file(key).is_file()

    def read(self, key: str) -> dict[str, Any]:
        """The result stored under ``key``."""
        result: dict[str, Any] = json.loads(self._file(key).read_text())
        return result

    def write(self, key: str, result: dict[str, Any]) -> None:
        """Store a result, whole or not at all."""
        with written_whole(self._file(key)) as aside:
            aside.write_text(json.dumps(result))

    def _file(self, key: str) -> Path:
        return self.folder / f"{key}.json"
