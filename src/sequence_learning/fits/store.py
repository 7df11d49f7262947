"""Where fits are kept, and where those stand that have not ended."""

import json
from contextlib import suppress
from pathlib import Path

from sequence_learning.atomic import remove_what_the_dead_left, written_whole


class FitStore:
    """A folder with a file per fit, by its key; processes may write to it side by side.

    Delete the folder, or some of its files, to fit anew.

    Args:
        folder: need not exist.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def file(self, key: str) -> Path:
        """Of a fit; it exists if that has ended."""
        return self.folder / f"{key}.fit"

    def state_file(self, key: str) -> Path:
        """Of a fit that has not ended: where its training stands."""
        return self.folder / f"{key}.state"

    def tidy(self) -> None:
        """Remove what killed processes left: half-written files, and where fits stood that have ended since."""
        remove_what_the_dead_left(self.folder)
        for state in self.folder.glob("*.state"):
            if self.file(state.stem).exists():
                state.unlink(missing_ok=True)

    def seconds(self) -> dict[str, float]:
        """How long the latest fit of each model took, by the model's name."""
        try:
            seconds: dict[str, float] = json.loads(self._seconds.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return {}
        return seconds

    def note_seconds(self, seconds: dict[str, float]) -> None:
        """Remember how long models took."""
        with suppress(OSError), written_whole(self._seconds) as aside:  # on a full disk: they only order the next queue
            aside.write_text(json.dumps(self.seconds() | seconds), encoding="utf-8")

    @property
    def _seconds(self) -> Path:
        return self.folder / "seconds.json"
