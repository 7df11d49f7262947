"""Rules for the parts of the split: what each needs, and what one may not know of another."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from sequence_learning.features.categories import category_texts
from sequence_learning.features.columns import TableName
from sequence_learning.features.errors import some_of
from sequence_learning.features.order import owners
from sequence_learning.parameters import SchemaParameters
from sequence_learning.validation.given import Given, Place
from sequence_learning.validation.problem import Problem

#: Rows that each part needs, at least.
_LEAST = {"train": 2, "validation": 1, "test": 2}
_MORE = "use more rows, or another schema.split: its method, or its shares for validation and test"


def validate_split(
    entities: pd.DataFrame, events: pd.DataFrame, schema: SchemaParameters, split: pd.DataFrame
) -> tuple[Problem, ...]:
    """Every rule that needs the split, of tables that have no error.

    Args:
        entities: those that were split, in the same order.
        events: theirs.
        schema: roles of the columns.
        split: ``id``, ``part`` and ``unit`` of every entity.
    """
    given = Given.of(entities, events, schema)
    part, unit = split["part"].to_numpy(), split["unit"].to_numpy()
    owner = owners(given.entities[schema.id], given.events[schema.id])
    sizes = tuple(_check_sizes(given, part))
    if sizes:
        return sizes
    return (
        *_check_targets(given, part),
        *_check_units(given, part, unit),
        *_check_events(given, part[owner]),
        *_check_categories(given, {"entities": part, "events": part[owner]}),
    )


def _check_sizes(given: Given, part: np.ndarray) -> Iterator[Problem]:
    """Each part needs some rows."""
    for name, least in _LEAST.items():
        n = int((part == name).sum())
        if n < least:
            rule = f"must have rows for all parts of the split, {least} or more for {name}"
            yield given.problem("error", ("entities", ""), rule, _MORE, found=f"{n} of {len(part)} are for {name}")


def _check_targets(given: Given, part: np.ndarray) -> Iterator[Problem]:
    """Training and test rows need different targets, and training rows every class."""
    place: Place = ("entities", given.schema.target)
    texts = category_texts(given.entities[given.schema.target])
    for name, why in (
        ("train", "so that there is something to learn"),
        ("test", "so that there is something to score"),
    ):
        own = texts[part == name]
        if len(set(own)) < 2:
            found = f"it is {own[0]} in all {len(own)}"
            yield given.problem("error", place, f"must differ between {name} rows, {why}", _MORE, found=found)
    if given.schema.task == "regression":
        return
    unseen = np.flatnonzero(~pd.Series(texts, dtype=object).isin(set(texts[part == "train"])))
    if len(unseen):
        rule, found = "must have every class in training rows", f"they lack {', '.join(some_of(texts[unseen]))}"
        remedy = "merge or drop rare classes, or use another schema.split"
        yield given.problem("error", place, rule, remedy, found=found, rows=pd.Index(unseen))


def _check_units(given: Given, part: np.ndarray, unit: np.ndarray) -> Iterator[Problem]:
    """Test rows must be of several units, and no group should be in several parts."""
    is_test = part == "test"
    n_units = len(np.unique(unit[is_test]))
    column = given.schema.group or given.schema.split.column or ""
    if n_units < 2:
        rule = "must have test rows of 2 groups or more, so that scores have intervals"
        remedy = "test more groups or rows (schema.split.test), or unset schema.group"
        yield given.problem("error", ("entities", column), rule, remedy, found=f"all are of {n_units}")
    if given.schema.group is not None:
        n_parts = pd.Series(part).groupby(unit).transform("nunique")
        shared = np.flatnonzero(n_parts > 1)
        if len(shared):
            yield given.problem(
                "warning",
                ("entities", column),
                "should have no group in several parts",
                "the score is that of groups which are known already; schema.split.method group keeps them together",
                found=f"{len(np.unique(unit[shared]))} of {len(np.unique(unit))} groups are",
                rows=pd.Index(shared),
            )


def _check_events(given: Given, part_of_event: np.ndarray) -> Iterator[Problem]:
    """Some training row should have events."""
    if "train" not in part_of_event:
        rule, remedy = "should have events of training rows", "without, nothing is learned of events; use another split"
        yield given.problem("warning", ("events", ""), rule, remedy, found="there are none")


def _check_categories(given: Given, part: dict[TableName, np.ndarray]) -> Iterator[Problem]:
    """Categories of validation and test rows should occur in training rows."""
    for place in given.features("categorical", "categorical_channels"):
        table, name = place
        texts, train = category_texts(given.table(table)[name]), part[table] == "train"
        known = pd.notna(texts)
        unseen = np.flatnonzero(known & ~pd.Series(texts, dtype=object).isin(set(texts[train & known])))
        if len(unseen):
            yield given.problem(
                "warning",
                place,
                "should have categories that training rows have",
                "they are all one unknown category to a model; merge rare ones, or train on more rows",
                found=f"there are others, such as {', '.join(some_of(texts[unseen]))}",
                rows=pd.Index(unseen),
            )
