"""Two tables -> a draft of their schema."""

from collections.abc import Collection
from typing import Any

import numpy as np
import pandas as pd

from sequence_learning.drafting.choice import Choice, SchemaDraft
from sequence_learning.drafting.column import Column, counted, says
from sequence_learning.drafting.features import find_features
from sequence_learning.drafting.identity import find_id
from sequence_learning.drafting.target import find_target, find_task
from sequence_learning.drafting.times import find_order, find_prediction_time, find_time_unit
from sequence_learning.features.errors import DataError
from sequence_learning.features.split import PARTS

_FEWEST_GROUPS = 10
_GROUP_WORDS = {"id", "code", "week", "month", "group"}
_FEWEST_MOMENTS = 10
_LONG = 100  # events: shorter sequences cost little


def infer_schema(entities: pd.DataFrame, events: pd.DataFrame, target: str | None = None) -> SchemaDraft:
    """Give every column of the two tables a role, or a reason why it has none.

    Args:
        entities: a row per example.
        events: a row per event.
        target: what to predict, a column of ``entities``; None to guess it by its name.

    Raises:
        DataError: if a table is empty, its columns have no names of their own, nothing joins the tables, or there is
            no such target.
    """
    of_entities, of_events = _columns("entities", entities), _columns("events", events)
    key = find_id(of_entities, of_events)
    entity_ids, event_ids = of_entities.pop(str(key.value)).series, of_events.pop(str(key.value)).series
    chosen = find_target(of_entities, target)
    of_target = of_entities.pop(str(chosen.value), None)
    order, time = find_order(of_events, event_ids)
    of_time = of_events.pop(str(order.value), None) if time else None
    of_events.pop(str(order.value), None)
    prediction_time = None
    if of_time is not None:
        prediction_time = find_prediction_time(of_entities.values(), of_time, entity_ids, event_ids)
    of_prediction = of_entities.pop(str(prediction_time.value)) if prediction_time else None
    split_method, split_column = _split(of_entities, of_prediction)
    of_entities.pop(str(split_column), None)
    tabular = find_features(of_entities.values(), of_target)
    channels = find_features(of_events.values())
    max_length, lengths = _lengths(entity_ids, event_ids)
    return SchemaDraft(
        id=key,
        target=chosen,
        task=find_task(of_target),
        numeric=tuple(tabular.numeric),
        categorical=tuple(tabular.categorical),
        order=order,
        time=time,
        prediction_time=prediction_time,
        time_unit=find_time_unit(of_time, event_ids) if of_time is not None and of_time.kind == "times" else None,
        channels=tuple(channels.numeric),
        categorical_channels=tuple(channels.categorical),
        groups=_groups(of_entities.values()),
        max_length=max_length,
        lengths=lengths,
        split_method=split_method,
        split_column=split_column,
        left_out={"entities": tuple(tabular.left_out), "events": tuple(channels.left_out)},
    )


def _columns(name: str, table: pd.DataFrame) -> dict[str, Column]:
    if table.empty:
        raise DataError(f"a table must have rows, but {name} has none; check where {name} is read from")
    if not all(isinstance(column, str) for column in table.columns) or table.columns.has_duplicates:
        raise DataError(
            f"columns must have names, and each its own, but {name} has {', '.join(map(repr, table.columns))}; "
            "rename them, in a query for instance"
        )
    return {str(column): Column.of(table[column]) for column in table.columns}


def _split(entities: dict[str, Column], prediction_time: Column | None) -> tuple[Choice, str | None]:
    for name, column in entities.items():
        if column.kind == "texts" and set(column.present.astype(str)) == set(PARTS):
            return Choice("column", "it says train, validation or test of each row"), name
    if prediction_time is not None and prediction_time.n_distinct >= _FEWEST_MOMENTS:
        return Choice("time", "the newest are tested, as a model will be used"), prediction_time.name
    return Choice("random", "or group, or time, with a column of entities"), None


def _groups(entities: Collection[Column]) -> tuple[Choice, ...]:
    """Columns with many values, and several rows of most."""
    named = (column for column in entities if column.kind == "texts" or column.words & _GROUP_WORDS)
    candidates = (column for column in named if column.kind != "other")
    return tuple(
        Choice(column.name, says(column))
        for column in candidates
        if column.n_missing == 0 and _FEWEST_GROUPS <= column.n_distinct <= len(column.series) / 2
    )


def _lengths(entity_ids: "pd.Series[Any]", event_ids: "pd.Series[Any]") -> tuple[Choice | None, str]:
    counts = event_ids.value_counts()
    lengths = entity_ids.map(counts).fillna(0).to_numpy(dtype=int)
    longest, usual = int(lengths.max()), int(np.ceil(np.quantile(lengths, 0.99)))
    words = (
        f"{lengths.min():,} to {counted(longest, 'event')} per entity, half have {int(np.median(lengths)):,} or fewer"
    )
    if longest > max(_LONG, 2 * usual) and usual > 0:
        return Choice(usual, f"99 of 100 entities have no more, the longest has {longest:,}"), words
    return None, words
