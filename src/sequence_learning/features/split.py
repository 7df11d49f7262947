"""Which entities train, validate and test."""

from typing import Any

import numpy as np
import pandas as pd

from sequence_learning.features.categories import category_order, category_texts
from sequence_learning.features.errors import DataError
from sequence_learning.features.order import chronological_rank
from sequence_learning.parameters import SchemaParameters, SplitParameters

#: Names of the parts; a split is stored as an index into this.
PARTS = ("train", "validation", "test")


def split_entities(entities: pd.DataFrame, schema: SchemaParameters) -> pd.DataFrame:
    """Assign each entity to a part, as ``schema.split`` says.

    Entities must keep the rules of :mod:`sequence_learning.validation`, which also tells whether a part is too small.

    Returns:
        One row per entity, in the order of ``entities``: ``id``, ``part`` (one of :data:`PARTS`) and ``unit`` (int64):
        rows of the same unit are not independent of each other, so test rows are resampled by unit. A unit is a value
        of ``schema.group``; without it, a group of a split by group, a block of consecutive rows of the same part of
        a split by time, or else the row itself.
    """
    part = _assign(entities, schema.split)
    unit = _units(entities, part, schema).astype(np.int64)
    return pd.DataFrame({"id": entities[schema.id].to_numpy(), "part": part, "unit": unit})


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
    if parameters.method == "time":
        # Entities of the same moment share a rank and so a part: none is tested beside one that trained.
        return _by_rank(_moments(column).rank(method="min").to_numpy() - 1, parameters)
    if parameters.method == "group":
        groups = category_order(column)
        rank = np.random.default_rng(parameters.seed).permutation(len(groups))
        return _by_rank(rank, parameters)[pd.Index(groups).get_indexer(pd.Index(category_texts(column)))]
    return category_texts(column).astype(str)


def _by_rank(rank: np.ndarray, parameters: SplitParameters) -> np.ndarray:
    """The lowest ranks train, the highest are tested."""
    n = len(rank)
    test_from = round(n * (1 - parameters.test))
    validation_from = round(n * (1 - parameters.test - parameters.validation))
    return np.select([rank >= test_from, rank >= validation_from], ["test", "validation"], "train")


def _units(entities: pd.DataFrame, part: np.ndarray, schema: SchemaParameters) -> np.ndarray:
    parameters = schema.split
    if schema.group is not None:
        return pd.factorize(category_texts(entities[schema.group]))[0]
    if parameters.method == "group":
        return pd.factorize(category_texts(entities[str(parameters.column)]))[0]
    if parameters.method == "time":
        return _time_blocks(_moments(entities[str(parameters.column)]), part, parameters.time_blocks)
    return np.arange(len(entities))


def _moments(column: "pd.Series[Any]") -> "pd.Series[float]":
    """What comes before what."""
    return pd.Series(chronological_rank(column))


def _time_blocks(moments: "pd.Series[float]", part: np.ndarray, n_blocks: int) -> np.ndarray:
    """Each part in order of time, cut into blocks of about equal size; rows of the same moment share theirs."""
    by_part = moments.groupby(part)
    earlier = by_part.rank(method="min") - 1
    block = earlier * n_blocks // by_part.transform("size")
    return pd.factorize(pd.MultiIndex.from_arrays([part, block]))[0]
