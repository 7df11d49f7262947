"""Rules that the two tables must keep before anything is trained on them, or predicted from them."""

import numpy as np
import pandas as pd

from sequence_learning.features.columns import Columns, resolve_columns
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
    if schema.group is not None:
        refuse(
            entities.loc[entities[schema.group].isna(), schema.id],
            f"group column {schema.group!r} must not be missing",
            "fill it in or drop these rows",
        )
    _check_inputs(entities, events, columns, schema)
    _check_target(entities, schema)


def check_new_tables(entities: pd.DataFrame, events: pd.DataFrame, columns: Columns, schema: SchemaParameters) -> None:
    """Refuse tables that nothing can be predicted from. They need no target, and may be empty.

    Args:
        entities: what is predicted.
        events: theirs.
        columns: of the features, by their full names.
        schema: roles of the other columns.

    Raises:
        DataError: on the first broken rule, with up to five offending ids.
    """
    for name, table, needed in zip(
        ("entities", "events"), (entities, events), input_columns(columns, schema), strict=True
    ):
        lacking = [column for column in needed if column not in table.columns]
        if lacking:
            raise DataError(
                f"every column that the model reads must be in its table, but {name} lacks {', '.join(lacking)}; "
                "add them (a value may be missing, a column may not)"
            )
    _check_inputs(entities, events, columns, schema)


def input_columns(columns: Columns, schema: SchemaParameters) -> tuple[list[str], list[str]]:
    """What predictions are made from: columns of entities and of events, each once."""
    of_entities = [schema.id, schema.prediction_time, *columns.numeric, *columns.categorical]
    of_events = [schema.id, schema.order, schema.time, *columns.channels, *columns.categorical_channels]
    entities, events = (
        [name for name in dict.fromkeys(names) if name is not None] for names in (of_entities, of_events)
    )
    return entities, events


def _check_inputs(entities: pd.DataFrame, events: pd.DataFrame, columns: Columns, schema: SchemaParameters) -> None:
    ids = entities[schema.id]
    refuse(ids[ids.isna()], "ids in entities must not be missing", "fill them in or drop these rows")
    refuse(ids[ids.duplicated()], "ids in entities must be unique", "remove the repeated rows")
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


def _check_numeric(table: pd.DataFrame, name: str, role: str, id_column: str) -> None:
    known = table[name].dropna()
    # A column without any value holds no numbers, and one of numbers and None may hold objects.
    if not known.empty and not pd.api.types.is_numeric_dtype(known.infer_objects()):
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
