"""Results by key, each a small JSON file that appears whole as soon as it is known."""

import json
from pathlib import Path
from typing import Any

from sequence_learning.atomic import written_whole


class ResultStore:
    """A folder of results; processes may write to it side by side.

    Args:
        folder: need not exist.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def get(self, key: str) -> dict[str, Any] | None:
        """The result stored under ``key``; None if there is none, or none that can be read."""
        try:
            result: dict[str, Any] = json.loads(self._file(key).read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return None
        return result

    def write(self, key: str, result: dict[str, Any]) -> None:
        """Store a result, whole or not at all; of two processes that have the same one, the later stands."""
        with written_whole(self._file(key)) as aside:
            aside.write_text(json.dumps(result), encoding="utf-8")

    def _file(self, key: str) -> Path:
        return self.folder / f"{key}.json"
