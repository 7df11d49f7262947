"""What one column holds, as far as its values tell."""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, Self

import numpy as np
import pandas as pd

from sequence_learning.features.kinds import kind_of, plain, to_floats
from sequence_learning.features.times import read_stamps

Kind = Literal["numbers", "booleans", "times", "texts", "other"]

_ISO_DATE = r"\d{4}-\d{2}-\d{2}"
_FOREIGN_DATE = r"\s*\d{1,2}[./-]\d{1,2}[./-]\d{2,4}\b.*"
_DECIMAL_COMMA = r"\s*[+-]?\d+,\d+\s*"
_WORDS_OF_FREE_TEXT = 4
_FEW_VALUES = 50
_FEW_ROWS_PER_VALUE = 5


@dataclass(frozen=True, eq=False)
class Column:
    """A column of a table, asked for what a schema must know.

    Attributes:
        series: the column; its name is text.
        is_coded: whether it was stored as categories, which ``series`` is not.
    """

    series: "pd.Series[Any]"
    is_coded: bool

    @classmethod
    def of(cls, series: "pd.Series[Any]") -> Self:
        """The column as it stands in a table."""
        values = plain(series)
        return cls(values, is_coded=values is not series)

    @property
    def name(self) -> str:
        """Its name."""
        return str(self.series.name)

    @cached_property
    def words(self) -> set[str]:
        """Of its name, in lower case: ``orderedAt`` and ``ordered_at`` have two."""
        return {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+", self.name)}

    @cached_property
    def kind(self) -> Kind:
        """What it is to a draft; ``other`` is nothing that a schema has a role for, and may not even be counted."""
        match self.holds:
            case "numbers" | "booleans" as kind:
                return kind
            case "time stamps":
                return "times" if self._is_readable() else "other"
            case "text":
                return "times" if self._is_iso_text() else "texts"
            case _:
                return "other"

    @cached_property
    def holds(self) -> str:
        """What it holds to the rest of the package, in words."""
        return kind_of(self.series)

    @cached_property
    def present(self) -> "pd.Series[Any]":
        """The values that are not missing."""
        return self.series.dropna()

    @cached_property
    def n_distinct(self) -> int:
        """Distinct values, missing ones aside; not to be asked of lists and the like."""
        return int(self.series.nunique())

    @property
    def n_missing(self) -> int:
        """Rows without a value."""
        return len(self.series) - len(self.present)

    @property
    def is_constant(self) -> bool:
        """Whether every row says the same."""
        return self.n_missing == 0 and self.n_distinct == 1

    @property
    def is_whole(self) -> bool:
        """Whether it holds whole numbers, be they stored as such or not."""
        if self.kind != "numbers":
            return False
        numbers = to_floats(self.present)
        return bool((np.isfinite(numbers) & (np.floor(numbers) == numbers)).all())

    @property
    def differs_in_every_row(self) -> bool:
        """Whether no value occurs twice."""
        return self.n_distinct == len(self.present) > 1

    @property
    def is_free_text(self) -> bool:
        """Whether it holds sentences more than names."""
        blanks = self.present.astype(str).str.strip().str.count(r"\s+")
        return float(blanks.mean()) + 1 >= _WORDS_OF_FREE_TEXT

    @property
    def is_scattered(self) -> bool:
        """Whether it has many values, and few rows of each: too few to learn from."""
        return self.n_distinct > max(_FEW_VALUES, len(self.present) / _FEW_ROWS_PER_VALUE)

    @property
    def is_foreign_date(self) -> bool:
        """Whether it is text that looks like dates or times, but not in ISO 8601."""
        return self._all_match(_FOREIGN_DATE)

    @property
    def is_foreign_number(self) -> bool:
        """Whether it is text that looks like numbers with a decimal comma."""
        return self._all_match(_DECIMAL_COMMA)

    def _all_match(self, form: str) -> bool:
        is_text = self.kind == "texts" and not self.present.empty
        return is_text and bool(self.present.astype(str).str.fullmatch(form).all())

    def _is_iso_text(self) -> bool:
        return bool(self.present.astype(str).str.match(_ISO_DATE).all()) and self._is_readable()

    def _is_readable(self) -> bool:
        return bool(read_stamps(self.present).notna().all())


def says(column: Column) -> str:
    """How many values a column has, in words."""
    missing = f", {column.n_missing / len(column.series):.1%} missing" if column.n_missing else ""
    return f"{counted(column.n_distinct, 'distinct value')}{missing}"


def counted(n: int, thing: str) -> str:
    """``1,204 rows``, ``1 row``."""
    return f"{n:,} {thing}{'' if n == 1 else 's'}"
