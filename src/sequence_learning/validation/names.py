"""Rules for the names of columns."""

from collections.abc import Iterator

import pandas as pd

from sequence_learning.features.columns import TableName
from sequence_learning.features.errors import some_of
from sequence_learning.validation.problem import Problem


def check_names(name: TableName, table: pd.DataFrame) -> Iterator[Problem]:
    """Names must be text, and name one column each."""
    texts = pd.Series([column for column in table.columns if isinstance(column, str)], dtype=object)
    for column, count in texts[texts.duplicated()].value_counts(sort=False).items():
        found = f"{count + 1} have it"
        yield Problem("error", "must name one column", name, str(column), found, 0, (), "rename or drop the others")
    others = [column for column in table.columns if not isinstance(column, str)]
    if others:
        found = f"it has {', '.join(some_of(others))}"
        yield Problem("error", "must have text for names of columns", name, "", found, 0, (), "rename them")
