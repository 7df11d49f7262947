"""Which entities train, validate and test."""

from typing import Any

import numpy as np
import pandas as pd

from sequence_learning.features.errors import DataError
from sequence_learning.parameters import SchemaParameters, SplitParameters

#: Names of the parts; a split is stored as an index into this.
PARTS = ("train", "validation", "test")


def split_entities(entities: pd.DataFrame, schema: SchemaParameters) -> pd.DataFrame:
    """Assign each entity to a part, as ``schema.split`` says.

    Returns:
        One row per entity, in the order of ``entities``: ``id``, ``part`` (one of :data:`PARTS`) and ``unit`` (int64):
        rows of the same unit are not independent of each other, so test rows are resampled by unit. A unit is a value
        of ``schema.group``; without it, a group of a split by group, a block of consecutive rows of the same part of
        a split by time, or else the row itself.

    Raises:
        DataError: if the column is missing or has other values than it may, or a part would be empty.
    """
    parameters = schema.split
    if parameters.column is not None and parameters.column not in entities.columns:
        raise DataError(
            f"schema.split.column must be a column of entities, got {parameters.column!r}; "
            f"use one of: {', '.join(map(str, entities.columns))}"
        )
    part = _assign(entities, parameters)
    for name in PARTS:
        if name not in set(part):
            raise DataError(
                f"every part of the split needs rows, but {name} has none of {len(entities)}; "
                "use more rows, or another schema.split: its method, or its shares for validation and test"
            )
    unit = _units(entities, part, schema).astype(np.int64)
    return pd.DataFrame({"id": entities[schema.id].to_numpy(), "part": part, "unit": unit})


def check_test_rows(target: "pd.Series[Any]", split: pd.DataFrame) -> None:
    """Refuse test rows from which no score, or no interval of one, could be told.

    Args:
        target: of the entities that were split.
        split: as :func:`split_entities` gives it.

    Raises:
        DataError: if they are of one unit, or all have the same target.
    """
    test = (split["part"] == "test").to_numpy()
    n_units = split["unit"][test].nunique()
    if n_units < 2:
        raise DataError(
            f"test rows must be of at least 2 units, so that scores have intervals, got {n_units}; "
            "test more groups or rows (schema.split.test), or unset schema.group"
        )
    if target[test].nunique() < 2:
        raise DataError(
            f"test rows must have different targets, but all {int(test.sum())} have {target[test].iloc[0]}; "
            "test more rows (schema.split.test) or split otherwise (schema.split.method)"
        )


def units_of(split: pd.DataFrame) -> "pd.Series[int]":
    """The unit of each row, by its id."""
    return split.set_index("id")["unit"]


def parts_of(entities: pd.DataFrame, id_column: str, split: pd.DataFrame) -> "pd.Series[str]":
    """The part of each row of ``entities``.

    Raises:
        DataError: if these are not the rows that were split, in the same order.
    """
    if not np.array_equal(entities[id_column].to_numpy(), split["id"].to_numpy()):
        raise DataError(
            f"entities must be the {len(split)} rows that were split, in the same order, but they changed since "
            f"(now {len(entities)} rows); run from the node split_rows again, and give a database query an ORDER BY"
        )
    return split["part"]


def _assign(entities: pd.DataFrame, parameters: SplitParameters) -> np.ndarray:
    if parameters.method == "random":
        rank = np.random.default_rng(parameters.seed).permutation(len(entities))
        return _by_rank(rank, parameters)
    column = entities[str(parameters.column)]
    missing = int(column.isna().sum())
    if missing:
        raise DataError(
            f"schema.split.column {column.name!r} must not be missing, but is in {missing} rows; fill it in"
        )
    if parameters.method == "time":
        # Entities of the same moment share a rank and so a part: none is tested beside one that trained.
        return _by_rank(column.rank(method="min").to_numpy() - 1, parameters)
    if parameters.method == "group":
        codes, groups = pd.factorize(column, sort=True)
        rank = np.random.default_rng(parameters.seed).permutation(len(groups))
        return _by_rank(rank, parameters)[codes]
    other = sorted(map(str, set(column.unique()) - set(PARTS)))
    if other:
        raise DataError(
            f"schema.split.column {column.name!r} must hold {', '.join(PARTS)}, got {', '.join(other)}; "
            "rename its values"
        )
    return column.to_numpy(dtype=str)


def _by_rank(rank: np.ndarray, parameters: SplitParameters) -> np.ndarray:
    """The lowest ranks train, the highest are tested."""
    n = len(rank)
    test_from = round(n * (1 - parameters.test))
    validation_from = round(n * (1 - parameters.test - parameters.validation))
    return np.select([rank >= test_from, rank >= validation_from], ["test", "validation"], "train")


def _units(entities: pd.DataFrame, part: np.ndarray, schema: SchemaParameters) -> np.ndarray:
    parameters = schema.split
    if schema.group is not None:
        return pd.factorize(entities[schema.group])[0]
    if parameters.method == "group":
        return pd.factorize(entities[str(parameters.column)])[0]
    if parameters.method == "time":
        return _time_blocks(entities[str(parameters.column)], part, parameters.time_blocks)
    return np.arange(len(entities))


def _time_blocks(moments: "pd.Series[Any]", part: np.ndarray, n_blocks: int) -> np.ndarray:
    """Each part in order of time, cut into blocks of about equal size; rows of the same moment share theirs."""
    by_part = moments.rank(method="min").groupby(part)
    earlier = by_part.rank(method="min") - 1
    block = earlier * n_blocks // by_part.transform("size")
    return pd.factorize(pd.MultiIndex.from_arrays([part, block]))[0]
