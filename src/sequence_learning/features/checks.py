"""Rules that the two tables must keep before anything is trained on them."""

import numpy as np
import pandas as pd

from sequence_learning.features.columns import resolve_columns
from sequence_learning.features.errors import DataError, refuse
from sequence_learning.features.event_time import event_times
from sequence_learning.features.order import chronological_rank, sort_events
from sequence_learning.parameters import SchemaParameters


def check_tables(entities: pd.DataFrame, events: pd.DataFrame, schema: SchemaParameters) -> None:
    """Refuse tables that cannot be learned from.

    Raises:
        DataError: on the first broken rule, with up to five offending ids.
    """
    for name, table in (("entities", entities), ("events", events)):
        if table.empty:
            raise DataError(f"a table must have rows, but {name} has none; check where {name} is read from")
    columns = resolve_columns(schema, entities, events)
    ids = entities[schema.id]
    refuse(ids[ids.isna()], "ids in entities must not be missing", "fill them in or drop these rows")
    refuse(ids[ids.duplicated()], "ids in entities must be unique", "remove the repeated rows")
    if schema.group is not None:
        refuse(
            ids[entities[schema.group].isna()],
            f"group column {schema.group!r} must not be missing",
            "fill it in or drop these rows",
        )
    unknown = events.loc[~events[schema.id].isin(ids), schema.id]
    types = f"ids are {ids.dtype} in entities and {events[schema.id].dtype} in events"
    refuse(unknown, "every event must belong to an entity", f"add the entities or drop the events ({types})")
    for table, names, role in (
        (entities, columns.numeric, "numeric"),
        (events, columns.channels, "channels"),
    ):
        for name in names:
            _check_numeric(table, name, role, schema.id)
    order = events[schema.order]
    refuse(
        events.loc[order.isna(), schema.id],
        f"order column {schema.order!r} must not be missing",
        "fill or drop",
    )
    chronological_rank(order)
    if schema.time is not None:
        event_times(entities, *sort_events(entities, events, schema), schema)
    _check_target(entities, schema)


def _check_numeric(table: pd.DataFrame, name: str, role: str, id_column: str) -> None:
    if not pd.api.types.is_numeric_dtype(table[name]):
        raise DataError(
            f"columns of schema.{role} must be numbers, but {name!r} holds {table[name].dtype}; "
            "convert it, or list it as categorical"
        )
    values = table[name].to_numpy(dtype=float, na_value=np.nan)
    infinite = table.loc[np.isinf(values), id_column]
    refuse(infinite, f"{name!r} must be finite or missing", "replace infinite values")


def _check_target(entities: pd.DataFrame, schema: SchemaParameters) -> None:
    target, ids = entities[schema.target], entities[schema.id]
    refuse(ids[target.isna()], f"target {schema.target!r} must not be missing", "drop these rows or fill them in")
    n_values = target.nunique()
    if schema.task == "regression":
        if not pd.api.types.is_numeric_dtype(target):
            raise DataError(
                f"a regression target must be numeric, but {schema.target!r} holds {target.dtype}; "
                "convert it, or set schema.task to binary or multiclass"
            )
        refuse(
            ids[np.isinf(target.to_numpy(dtype=float))],
            "the target must be finite",
            "replace infinite values",
        )
        if n_values < 2:
            raise DataError(f"a target must vary, but {schema.target!r} is always {target.iloc[0]}; choose another")
    elif schema.task == "binary" and n_values != 2:
        raise DataError(
            f"a binary target must have two values, but {schema.target!r} has {n_values}; correct schema.task or target"
        )
    elif schema.task == "multiclass" and n_values < 3:
        raise DataError(
            f"a multiclass target must have three values or more, but {schema.target!r} has {n_values}; "
            "set schema.task to binary"
        )
