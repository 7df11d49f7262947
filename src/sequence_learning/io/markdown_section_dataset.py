"""A generated part of a Markdown file that people write too."""

from pathlib import Path
from typing import Any

from kedro.io import AbstractDataset

from sequence_learning.atomic import written_whole


class MarkdownSectionDataset(AbstractDataset[str, str]):
    """The text between ``<!-- <section>: begin -->`` and ``<!-- <section>: end -->``; the rest is left as it is.

    Args:
        filepath: a local Markdown file. One that does not exist is made of the section alone.
        section: name in the two marks.
        metadata: for plugins such as Kedro-Viz.
    """

    def __init__(self, *, filepath: str, section: str, metadata: dict[str, Any] | None = None) -> None:
        self._filepath = Path(filepath)
        self._begin, self._end = f"<!-- {section}: begin -->", f"<!-- {section}: end -->"
        self.metadata = metadata

    def load(self) -> str:
        """The section's text.

        Raises:
            ValueError: if the file lacks a mark.
        """
        return self._split(self._filepath.read_text(encoding="utf-8"))[1].strip("\n")

    def save(self, data: str) -> None:
        """Replace the section's text.

        Raises:
            ValueError: if the file exists and lacks a mark; it stays as it is.
        """
        text = (
            self._filepath.read_text(encoding="utf-8") if self._filepath.exists() else f"{self._begin}\n{self._end}\n"
        )
        before, _, after = self._split(text)
        with written_whole(self._filepath) as aside:
            aside.write_text(f"{before}\n{data.strip()}\n{after}", encoding="utf-8", newline="\n")

    def _split(self, text: str) -> tuple[str, str, str]:
        """Up to the first mark, between the marks, from the second mark on."""
        head, begin, rest = text.partition(self._begin)
        section, end, tail = rest.partition(self._end)
        if not (begin and end):
            raise ValueError(
                f"{self._filepath} must hold the lines {self._begin} and {self._end}, in this order; "
                "add them where the section should stand"
            )
        return head + begin, section, end + tail

    def _exists(self) -> bool:
        return self._filepath.exists()

    def _describe(self) -> dict[str, Any]:
        return {"filepath": str(self._filepath), "section": self._begin}
