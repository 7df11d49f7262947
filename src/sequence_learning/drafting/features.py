"""Which columns are features, of which kind, and which are left out."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from sequence_learning.drafting.choice import Choice
from sequence_learning.drafting.column import Column, says
from sequence_learning.features.kinds import to_floats

_CODE_WORDS = {"id", "code", "zip", "postcode", "type", "class", "category", "segment"}
_SAME = 0.9999


@dataclass
class Features:
    """Columns of one table by their role, in the order of the table."""

    numeric: list[Choice] = field(default_factory=list)
    categorical: list[Choice] = field(default_factory=list)
    left_out: list[Choice] = field(default_factory=list)


def find_features(columns: Iterable[Column], target: Column | None = None) -> Features:
    """Give each of the columns a role.

    Args:
        columns: all of a table's that have no role yet.
        target: a column that says the same is left out.
    """
    features = Features()
    for column in columns:
        reason = next(_reasons_against(column, target), None)
        if reason is not None:
            features.left_out.append(Choice(column.name, reason))
        elif column.kind == "texts" or column.is_coded:
            features.categorical.append(Choice(column.name, says(column)))
        elif column.is_whole and column.words & _CODE_WORDS:
            features.categorical.append(Choice(column.name, f"{says(column)}, codes by its name"))
        else:
            features.numeric.append(Choice(column.name, says(column)))
    return features


def _reasons_against(column: Column, target: Column | None) -> Iterator[str]:
    """Each is sought only if the one before it does not hold."""
    if column.present.empty:
        yield "all missing"
    if column.kind == "other":
        yield f"holds {column.holds}; convert it to numbers or text"
    if column.kind == "times":
        yield "a time; make a number of it, such as days before the prediction"
    if column.is_foreign_date:
        yield "dates or times in a form that does not say which is the day; write them as 2026-11-23T08:11"
    if column.is_foreign_number:
        yield "numbers with a decimal comma; read the table with one, as in load_args: {decimal: ','}"
    if column.is_constant:
        yield "the same in every row"
    if target is not None and target.kind != "other" and _says_the_same(column, target):
        yield "says the same as the target"
    if _identifies(column):
        yield "another value in every row: an identifier or free text"
    if column.kind == "texts" and column.is_scattered:
        yield f"{says(column)}: {'free text' if column.is_free_text else 'too few rows of each to learn from'}"


def _identifies(column: Column) -> bool:
    if not column.differs_in_every_row or column.n_missing:
        return False
    return column.kind == "texts" or (column.is_whole and _counts_rows(column))


def _counts_rows(column: Column) -> bool:
    spread = int(column.present.max()) - int(column.present.min()) + 1
    return bool(column.words & _CODE_WORDS) or spread == len(column.present)


def _says_the_same(column: Column, target: Column) -> bool:
    """Whether each value of one goes with one of the other; or, of many numbers, whether they lie on a line."""
    both = (column.series.notna() & target.series.notna()).to_numpy()
    one, other = column.series[both], target.series[both]
    codes, others = pd.factorize(one)[0], pd.factorize(other)[0]
    if not both.any() or codes.max() == 0 or others.max() == 0:
        return False
    if others.max() < len(one) / 2:
        return bool(np.array_equal(codes, others))
    # Numbers that differ in every row always go one with one.
    if not column.kind == target.kind == "numbers":
        return False
    with np.errstate(all="ignore"):  # of infinite or huge numbers it is NaN
        return bool(abs(np.corrcoef(to_floats(one), to_floats(other))[0, 1]) > _SAME)
