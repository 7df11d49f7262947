"""What the data look like, by part of the split and by column."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from sequence_learning.features.categories import category_order, category_texts
from sequence_learning.features.columns import resolve_columns
from sequence_learning.features.kinds import to_floats
from sequence_learning.features.split import PARTS, parts_of
from sequence_learning.parameters import SchemaParameters

#: Roles whose columns are numbers.
_NUMBERS = ("numeric", "channels")
#: Roles whose values say which row it is, or when: they have no distribution that could shift.
_NAMES = ("id", "order", "time", "prediction_time", "group")


def summarise_parts(
    entities: pd.DataFrame, n_events: "pd.Series[int]", split: pd.DataFrame, schema: SchemaParameters
) -> pd.DataFrame:
    """Describe the parts of the split.

    Args:
        entities: those that were split, in the same order.
        n_events: how many events each id has, by id; ids without any may be missing.
        split: ``id``, ``part`` and ``unit`` of every entity.
        schema: roles of the columns.

    Returns:
        ``part``, ``rows``, ``units`` that its rows are resampled by; of the sequences' lengths ``length_min``,
        ``length_median``, ``length_95``, ``length_max`` and ``empty``, the share without events; of the target
        ``target_mean``, ``target_std``, ``target_25``, ``target_50`` and ``target_75``, or the share of every class,
        ``share_<class>``.
    """
    part = parts_of(entities, schema.id, split)
    lengths = entities[schema.id].map(n_events).fillna(0)
    target = entities[schema.target]
    rows = []
    for name in PARTS:
        chosen = (part == name).to_numpy()
        own = lengths[chosen]
        rows.append(
            {
                "part": name,
                "rows": int(chosen.sum()),
                "units": split["unit"][chosen].nunique(),
                "length_min": int(own.min()),
                "length_median": own.median(),
                "length_95": own.quantile(0.95),
                "length_max": int(own.max()),
                "empty": (own == 0).mean(),
                **(_numbers(target[chosen]) if schema.task == "regression" else _shares(target[chosen], target)),
            }
        )
    return pd.DataFrame(rows)


def _numbers(target: "pd.Series[Any]") -> dict[str, float]:
    numbers = pd.Series(to_floats(target))
    quartiles = {f"target_{q}": float(numbers.quantile(q / 100)) for q in (25, 50, 75)}
    return {"target_mean": float(numbers.mean()), "target_std": float(numbers.std()), **quartiles}


def _shares(target: "pd.Series[Any]", whole: "pd.Series[Any]") -> dict[str, float]:
    """Of every class that occurs in the whole data."""
    texts = category_texts(target)
    return {f"share_{name}": float((texts == name).mean()) for name in category_order(whole)}


def summarise_columns(
    entities: pd.DataFrame, events: pd.DataFrame, split: pd.DataFrame, schema: SchemaParameters
) -> pd.DataFrame:
    """Describe the columns of both tables.

    Args:
        entities: those that were split, in the same order.
        events: theirs.
        split: ``id``, ``part`` and ``unit`` of every entity.
        schema: roles of the columns.

    Returns:
        ``table``, ``column``, ``role``, ``dtype``, ``missing``, a share; ``distinct``, the number of values; and
        ``shift``, how far the test rows are from the training rows, by the ``shift_measure``: ``smd``, the difference
        of the means in standard deviations of the training rows, or ``tvd``, the total variation distance of the
        categories' shares (missing is one), 0 to 1. Both are missing for columns that name rows or times.
    """
    part = parts_of(entities, schema.id, split).set_axis(entities.index)
    part_of_event = events[schema.id].map(pd.Series(part.to_numpy(), entities[schema.id]))
    rows = []
    for table, name, role in _roles(entities, events, schema):
        frame, parts = (entities, part) if table == "entities" else (events, part_of_event)
        column = frame[name]
        numbers = role in _NUMBERS or (role == "target" and schema.task == "regression")
        train, test = column[parts == "train"], column[parts == "test"]
        rows.append(
            {
                "table": table,
                "column": name,
                "role": role,
                "dtype": str(column.dtype),
                "missing": column.isna().mean(),
                "distinct": column.nunique(),
                "shift": np.nan if role in _NAMES else (_smd if numbers else _tvd)(train, test),
                "shift_measure": None if role in _NAMES else "smd" if numbers else "tvd",
            }
        )
    return pd.DataFrame(rows)


def _roles(entities: pd.DataFrame, events: pd.DataFrame, schema: SchemaParameters) -> Iterator[tuple[str, str, str]]:
    """Table, name and role of every column that the schema names; a column with two roles comes twice."""
    columns = resolve_columns(schema, entities, events)
    for role in ("id", "target", "group", "prediction_time"):
        if (name := getattr(schema, role)) is not None:
            yield "entities", name, role
    for role in ("numeric", "categorical"):
        yield from (("entities", name, role) for name in getattr(columns, role))
    for role in ("id", "order", "time"):
        if (name := getattr(schema, role)) is not None:
            yield "events", name, role
    for role in ("channels", "categorical_channels"):
        yield from (("events", name, role) for name in getattr(columns, role))


def _smd(train: "pd.Series[Any]", test: "pd.Series[Any]") -> float:
    """Standardised mean difference; 0 for a constant that stays the same, missing if a part has no number."""
    before, after = (to_floats(values) for values in (train, test))
    before, after = before[~np.isnan(before)], after[~np.isnan(after)]
    if not len(before) or not len(after):
        return float("nan")
    difference, spread = after.mean() - before.mean(), before.std()
    return float(difference / spread) if spread else float(np.sign(difference) * np.inf) if difference else 0.0


def _tvd(train: "pd.Series[Any]", test: "pd.Series[Any]") -> float:
    """Total variation distance of the shares of all values; missing if a part has no row."""
    if train.empty or test.empty:
        return float("nan")
    codes = pd.factorize(np.concatenate([category_texts(train), category_texts(test)]))[0] + 1
    before, after = (
        np.bincount(own, minlength=codes.max() + 1) / len(own) for own in (codes[: len(train)], codes[len(train) :])
    )
    return float(np.abs(after - before).sum() / 2)
