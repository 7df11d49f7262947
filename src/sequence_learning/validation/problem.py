"""What a broken rule is, and how it is told."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import pandas as pd

from sequence_learning.features.columns import TableName
from sequence_learning.features.errors import DataError

Severity = Literal["error", "warning"]

#: The rule that is broken where only some of the events were looked at.
SAMPLED = "should all be looked at"


@dataclass(frozen=True)
class Problem:
    """A rule that a table breaks.

    Attributes:
        severity: ``error``: nothing can be learned from the tables as they are; ``warning``: it can, but a person
            should know.
        rule: what must hold (an error) or should (a warning) of the column, or of the table.
        table: which table.
        column: which column; empty if it is about the whole table.
        found: the value that breaks the rule; empty if it is enough to say which rows do.
        rows: how many rows break it; 0 if it is not about rows.
        ids: up to five entities whose rows do.
        remedy: what to do about it.
    """

    severity: Severity
    rule: str
    table: TableName
    column: str
    found: str
    rows: int
    ids: tuple[str, ...]
    remedy: str

    def __str__(self) -> str:
        """All of it in one line."""
        subject = f"{self.table} {self.column!r}" if self.column else self.table
        more = ", …" if len(self.ids) == 5 < self.rows else ""
        ids = f" (ids {', '.join(self.ids)}{more})" if self.ids else ""
        count = f"{self.rows:,} {'row breaks' if self.rows == 1 else 'rows break'} it" if self.rows else ""
        found = ": ".join(part for part in (count + ids, self.found) if part)
        return f"{subject} {self.rule}, but {found}; {self.remedy}"


def errors_of(problems: Iterable[Problem]) -> list[Problem]:
    """Those that stop a run."""
    return [problem for problem in problems if problem.severity == "error"]


def warnings_of(problems: Iterable[Problem]) -> list[Problem]:
    """Those that do not."""
    return [problem for problem in problems if problem.severity == "warning"]


def raise_errors(problems: Sequence[Problem]) -> None:
    """Stop if there is an error.

    Raises:
        DataError: one that lists all errors, and the warnings beneath: a line for each.
    """
    errors, warnings = errors_of(problems), warnings_of(problems)
    if errors:
        rules = "a rule" if len(errors) == 1 else f"{len(errors)} rules"
        beneath = ["Beside that, no error:", *map(_line, warnings)] if warnings else []
        raise DataError("\n".join([f"the tables break {rules}:", *map(_line, errors), *beneath]))


def as_table(problems: Iterable[Problem]) -> pd.DataFrame:
    """A row for each, if any, with the fields of :class:`Problem` for columns; ``ids`` as text."""
    types = {name: "int64" if name == "rows" else "str" for name in Problem.__dataclass_fields__}
    rows: list[dict[str, Any]] = [asdict(problem) | {"ids": ", ".join(problem.ids)} for problem in problems]
    return pd.DataFrame(rows, columns=list(types)).astype(types)


def _line(problem: Problem) -> str:
    return f"  {problem}"
