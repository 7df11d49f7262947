"""Rules for the features: what they may be, what they may tell, and whether they tell anything."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from sequence_learning.features.categories import category_texts
from sequence_learning.features.errors import shown
from sequence_learning.features.kinds import NUMBERS, kind_of, to_floats
from sequence_learning.validation.given import Given
from sequence_learning.validation.problem import Problem

#: In fewer rows, or with fewer that differ from most, a feature may equal the target by chance.
_ENOUGH_ROWS = 20
_ENOUGH_OTHERS = 5
#: Of the target's range: numbers of 32 bits are no closer.
_ROUNDING = 1e-6


def check_roles(given: Given) -> Iterator[Problem]:
    """The id and the target may not be features."""
    for table, name, where in given.columns.misused(given.schema):
        role = "the id" if name == given.schema.id else "the target"
        yield given.problem(
            "error", (table, name), "must not be a feature", f"remove it from {where}", found=f"it is {role}"
        )


def check_equals_target(given: Given) -> Iterator[Problem]:
    """No feature may equal the target: by a straight line, or by another name for each class."""
    target = given.column("entities", "target")
    if target is None:
        return
    known = target.notna()
    target = target[known]
    if len(target) < _ENOUGH_ROWS or len(target) - _counts(target).max() < _ENOUGH_OTHERS:
        return
    for place in given.features("numeric", "categorical"):
        feature = given.entities[place[1]][known]
        if place[1] == target.name:
            continue
        equal = _is_on_a_line if given.schema.task == "regression" else _renames
        if equal(feature, target):
            yield given.problem(
                "error",
                place,
                f"must not equal the target {target.name!r}",
                "remove it from the features: it was made from the target, or the target from it",
                found=f"it does in all {len(target)} rows",
            )


def check_constants(given: Given) -> Iterator[Problem]:
    """Features should vary."""
    for table, name in given.features("numeric", "categorical", "channels", "categorical_channels"):
        column = given.table(table)[name]
        if column.empty:
            continue
        if column.isna().all():
            rule, found, remedy = "should not be missing everywhere", "it is", "remove it, or fill it in"
            yield given.problem("warning", (table, name), rule, remedy, found=found)
        elif column.notna().all() and len(_counts(column)) == 1:
            found = f"it is always {shown(column.iloc[0])}"
            yield given.problem("warning", (table, name), "should vary", "remove it, as it tells nothing", found=found)


def _counts(column: "pd.Series[Any]") -> np.ndarray:
    """How often each value occurs that is not missing."""
    values = to_floats(column) if kind_of(column) in NUMBERS else category_texts(column)
    return np.bincount(pd.factorize(values)[0] + 1)[1:]


def _is_on_a_line(feature: "pd.Series[Any]", target: "pd.Series[Any]") -> bool:
    """Whether the target is ``a * feature + b`` in every row."""
    if kind_of(feature) not in NUMBERS or feature.isna().any():
        return False
    x, y = to_floats(feature), to_floats(target)
    low, high = x.argmin(), x.argmax()
    if x[low] == x[high] or np.isinf(x).any():
        return False
    share = (x - x[low]) / (x[high] - x[low])
    return bool(np.abs(y[low] + share * (y[high] - y[low]) - y).max() <= _ROUNDING * np.ptp(y))


def _renames(feature: "pd.Series[Any]", target: "pd.Series[Any]") -> bool:
    """Whether each class has one value of the feature, missing being one, and each value one class."""
    pairs = pd.DataFrame({"feature": category_texts(feature), "target": category_texts(target)}).fillna({"feature": ""})
    distinct = pairs.drop_duplicates()
    return distinct["feature"].is_unique and distinct["target"].is_unique
