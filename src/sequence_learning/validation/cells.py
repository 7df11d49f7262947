"""Rules for single columns, by their role: presence, type, missing, repeated and infinite values."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from sequence_learning.features.columns import Role, TableName
from sequence_learning.features.errors import some_of
from sequence_learning.features.kinds import NUMBERS, holds_single_values, kind_of, to_floats
from sequence_learning.features.order import ORDERED
from sequence_learning.features.split import PARTS
from sequence_learning.features.times import read_stamps
from sequence_learning.parameters import SchemaParameters
from sequence_learning.validation.given import Given
from sequence_learning.validation.problem import Problem

if TYPE_CHECKING:
    import pandera.pandas as pa
    from pandera.errors import SchemaError

#: Squares of larger numbers overflow, in 32 bits even those of much smaller ones; scaling must come first.
_LARGEST = 1e30
_KEYS = {"numbers", "text", "time stamps", "booleans", "bytes", "nothing"}
_TIMES = {"numbers", "time stamps", "text", "nothing"}
#: Without them nobody can say whose a row is, or when.
_WHO_AND_WHEN = {"id", "order", "time", "prediction_time"}


class _Rule(NamedTuple):
    """A rule for a column.

    Attributes:
        text: what must hold.
        remedy: what to do if it does not.
        holds: for the whole column, or for each row. It must take a column that breaks any other rule.
    """

    text: str
    remedy: str
    holds: "Callable[[pd.Series[Any]], bool | pd.Series[bool]]"


def _kind_is_in(kinds: set[str]) -> "Callable[[pd.Series[Any]], bool]":
    return lambda column: holds_single_values(column) and kind_of(column) in kinds


def _is_key(column: "pd.Series[Any]") -> bool:
    of_one_type = column.dtype != object or column[column.notna()].map(type).drop_duplicates().size <= 1
    return holds_single_values(column) and kind_of(column) in _KEYS and of_one_type


def _is_unique(column: "pd.Series[Any]") -> "pd.Series[bool]":
    """The first of equal values is."""
    known = column[column.notna()]
    repeated = known.index[known.duplicated()] if holds_single_values(column) else known.index[:0]
    return pd.Series(~column.index.isin(repeated), column.index)


def _is_finite(column: "pd.Series[Any]") -> "pd.Series[bool]":
    numbers = to_floats(column) if kind_of(column) in NUMBERS else np.zeros(len(column))
    return pd.Series(~(np.abs(numbers) > _LARGEST), column.index)  # so that missing is no error


def _is_readable(column: "pd.Series[Any]") -> "pd.Series[bool]":
    ranked = isinstance(column.dtype, pd.CategoricalDtype) and column.dtype.ordered
    if ranked or kind_of(column) not in {"time stamps", "text"}:
        return pd.Series(data=True, index=column.index)
    return (read_stamps(column).notna() | column.isna()).astype(bool)


def _is_part(column: "pd.Series[Any]") -> "pd.Series[bool]":
    said = column if holds_single_values(column) else column.astype(str)
    return (said.isna() | said.isin(PARTS)).astype(bool)


_ONE_TYPE = "convert them to whole numbers or text of one type"
_KEY = _Rule("must be numbers or text of one type", _ONE_TYPE, _is_key)
_KNOWN = _Rule("must not be missing", "fill it in or drop these rows", pd.Series.notna)
_UNIQUE = _Rule("must be unique", "remove the repeated rows", _is_unique)
_NUMBERS = _Rule("must hold numbers", "convert it, or list it as categorical", _kind_is_in(NUMBERS))
_FINITE = _Rule(f"must be finite, and within ±{_LARGEST:g}", "replace infinite values, or scale all", _is_finite)
_SINGLE = _Rule("must hold single values", "give each its own column, or convert them to text", holds_single_values)
_ORDERED = _Rule("must hold numbers or time stamps", "convert it", _kind_is_in(ORDERED))
_TIME = _Rule("must hold numbers, time stamps or ISO 8601 text", "convert it", _kind_is_in(_TIMES))
_READABLE = _Rule("must be time stamps if it is text", "write them as 2026-11-23T08:11", _is_readable)
_PART = _Rule(f"must say {', '.join(PARTS)}", "rename its values", _is_part)
_OF_ROLE = {
    "id": [_KEY, _KNOWN],
    "target": [_KNOWN, _SINGLE],
    "order": [_ORDERED, _KNOWN, _FINITE, _READABLE],
    "time": [_TIME, _KNOWN, _FINITE, _READABLE],
    "prediction_time": [_TIME, _KNOWN, _FINITE, _READABLE],
    "group": [_KNOWN, _SINGLE],
    "numeric": [_NUMBERS, _FINITE],
    "channels": [_NUMBERS, _FINITE],
    "categorical": [_SINGLE],
    "categorical_channels": [_SINGLE],
}
_OF_SPLIT = {"time": [_ORDERED, _FINITE, _READABLE], "group": [_SINGLE], "column": [_SINGLE, _PART]}


def check_cells(given: Given) -> tuple[list[Problem], Given]:
    """Check every column that has a role.

    Returns:
        The problems; and what was given, with a note of what other rules had better not look at.
    """
    tables: tuple[TableName, ...] = ("entities", "events")
    found = [(problem, rows) for table in tables for problem, rows in _check_table(given, table)]
    flawed: dict[TableName, pd.Index[int]] = {table: pd.Index([], dtype=int) for table in tables}
    roles = {(role.table, name) for role in given.roles if role.option in _WHO_AND_WHEN for name in role.columns}
    for problem, rows in found:
        if (problem.table, problem.column) in roles:
            flawed[problem.table] = flawed[problem.table].union(rows)
    unreadable = frozenset((problem.table, problem.column) for problem, rows in found if not len(rows))
    return [problem for problem, _ in found], replace(given, unreadable=unreadable, flawed=flawed)


def _check_table(given: Given, table: TableName) -> Iterator[tuple[Problem, "pd.Index[int]"]]:
    """Problems, and the rows of each; no rows if it is the column that breaks the rule."""
    from pandera.errors import SchemaErrors

    try:
        _pandera_schema(given, table).validate(given.table(table), lazy=True, inplace=True)
    except SchemaErrors as errors:
        for error in errors.schema_errors:
            yield _as_problem(error, given, table)


def _pandera_schema(given: Given, table: TableName) -> "pa.DataFrameSchema":
    """What every column of the table must keep; a column may have several roles."""
    import pandera.pandas as pa

    rules: dict[str, dict[str, _Rule]] = {}
    for role in given.roles:
        if role.table == table:
            for name in role.columns or (role.name,):
                rules.setdefault(name, {}).update({rule.text: rule for rule in _rules(role, given.schema)})
    return pa.DataFrameSchema({name: pa.Column(checks=_as_checks(own), nullable=True) for name, own in rules.items()})


def _as_checks(rules: dict[str, _Rule]) -> "list[pa.Check]":
    import pandera.pandas as pa

    return [pa.Check(rule.holds, name=rule.text, error=rule.remedy, ignore_na=False) for rule in rules.values()]


def _as_problem(error: "SchemaError", given: Given, table: TableName) -> tuple[Problem, "pd.Index[int]"]:
    from pandera.errors import SchemaErrorReason

    none = pd.Index([], dtype=int)
    if error.reason_code is SchemaErrorReason.COLUMN_NOT_IN_DATAFRAME:
        role = next(role for role in given.roles if role.table == table and role.name == error.failure_cases)
        place = (table, role.name)
        return given.problem("error", place, "must be in its table", role.remedy, found=role.absence), none
    column = given.table(table)[error.schema.name]
    place, rule, remedy = (table, str(column.name)), str(error.check.name), str(error.check.error)
    if not isinstance(error.failure_cases, pd.DataFrame):
        return given.problem("error", place, rule, remedy, found=f"it holds {kind_of(column)}"), none
    rows = pd.Index(error.failure_cases["index"])
    values = f"such as {', '.join(some_of(column[rows]))}" if rule in {_FINITE.text, _READABLE.text, _PART.text} else ""
    return given.problem("error", place, rule, remedy, found=values, rows=rows), rows


def _rules(role: Role, schema: SchemaParameters) -> list[_Rule]:
    if (role.table, role.option) == ("entities", "id"):
        return [_KEY, _KNOWN, _UNIQUE]
    if role.option == "target" and schema.task == "regression":
        return [_KNOWN, _NUMBERS, _FINITE]
    if role.option == "split.column":
        return [_KNOWN, *_OF_SPLIT[schema.split.method]]
    return _OF_ROLE[role.option]
