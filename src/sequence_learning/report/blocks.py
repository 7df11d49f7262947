"""What a page is made of. Plain data: :mod:`~.page` makes HTML of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Self

import pandas as pd
import plotly.graph_objects as go


@dataclass(frozen=True)
class Paragraph:
    """Some sentences."""

    text: str
    kind: Literal["paragraph"] = "paragraph"


@dataclass(frozen=True)
class Points:
    """Sentences that stand by themselves.

    Attributes:
        items: the sentences, each with a title before it, which may be empty.
    """

    items: Sequence[tuple[str, str]]
    kind: Literal["points"] = "points"


@dataclass(frozen=True)
class Column:
    """How a column of a table is shown.

    Attributes:
        title: its head.
        form: of its numbers, as :func:`str.format` takes it; missing ones stay empty.
    """

    title: str
    form: str = "{}"


@dataclass(frozen=True)
class Table:
    """A table of texts.

    Attributes:
        heads: titles of the columns.
        rows: cells; numbers are aligned to the right.
        caption: what it shows.
        marked: index of the row that stands out, if any.
        folded: whether the reader opens it.
    """

    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    caption: str = ""
    marked: int | None = None
    folded: bool = False
    kind: Literal["table"] = "table"

    @classmethod
    def of(
        cls,
        table: pd.DataFrame,
        columns: Mapping[str, Column],
        caption: str = "",
        *,
        marked: str | None = None,
        folded: bool = False,
    ) -> Self:
        """Some columns of ``table``; those it does not have are left out.

        Args:
            table: the data; in columns of models, underscores are shown as spaces.
            columns: by name in ``table``.
            caption: what it shows.
            marked: the encoder whose row stands out.
            folded: whether the reader opens it.
        """
        present = {name: column for name, column in columns.items() if name in table}
        rows = [
            [_cell(name, value, present[name].form) for name, value in zip(present, row, strict=True)]
            for row in table[list(present)].itertuples(index=False)
        ]
        names = list(table["encoder"]) if marked is not None else []
        index = names.index(marked) if marked in names else None
        return cls([column.title for column in present.values()], rows, caption, index, folded)


@dataclass(frozen=True)
class Chart:
    """A figure and what it shows."""

    figure: go.Figure
    caption: str = ""
    kind: Literal["chart"] = "chart"


@dataclass(frozen=True)
class Listing:
    """Text as it is, which the reader opens."""

    text: str
    caption: str
    kind: Literal["listing"] = "listing"


Block = Paragraph | Points | Table | Chart | Listing


@dataclass(frozen=True)
class Section:
    """A part of the page under a heading."""

    title: str
    blocks: Sequence[Block]

    @property
    def anchor(self) -> str:
        """For links to it."""
        return self.title.lower().replace(" ", "-")


def _cell(name: str, value: object, form: str) -> str:
    if value is None or (isinstance(value, float) and pd.isna(value)):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = form.format(value)
    return text.replace("_", " ") if name in {"encoder", "model", "other"} else text
