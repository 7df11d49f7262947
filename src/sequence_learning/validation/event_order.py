"""Rules for what comes before what, and when."""

from collections.abc import Iterator

import pandas as pd

from sequence_learning.features.event_time import measure_times
from sequence_learning.features.order import chronological_rank, sort_events
from sequence_learning.features.times import time_kind
from sequence_learning.validation.given import Given
from sequence_learning.validation.problem import Problem


def check_ties(given: Given) -> Iterator[Problem]:
    """Events of an entity should differ in their order."""
    matched = given.matched()
    if matched is None:
        return
    _, events = matched
    rank = chronological_rank(events[given.schema.order])
    tied = pd.DataFrame({"id": pd.factorize(events[given.schema.id])[0], "rank": rank}).duplicated(keep=False)
    if tied.any():
        yield given.problem(
            "warning",
            ("events", given.schema.order),
            "should differ between the events of an entity",
            "they keep the order of their rows: see that it is the right one, or name a finer column in schema.order",
            rows=events.index[tied],
        )


def check_times(given: Given) -> Iterator[Problem]:
    """Times must neither run against the order nor lie after the prediction."""
    matched = given.matched()
    if matched is None or matched[1].empty or given.column("events", "time") is None:
        return
    entities, events = matched
    schema = given.schema.model_copy(update={"max_length": None})  # of all events, also those that are left out
    if given.column("entities", "prediction_time") is None:
        schema = schema.model_copy(update={"prediction_time": None})
    elif time_kind(events[str(schema.time)]) != (kind := time_kind(entities[str(schema.prediction_time)])):
        yield given.problem(
            "error",
            ("events", str(schema.time)),
            f"must be of the kind of the prediction time {schema.prediction_time!r}",
            "convert one of them",
            found=f"it holds {time_kind(events[str(schema.time)])} and not {kind}",
        )
        schema = schema.model_copy(update={"prediction_time": None})
    events, offsets = sort_events(entities, events, schema)
    times = measure_times(entities, events, offsets, schema)
    if (times.deltas < 0).any():
        yield given.problem(
            "error",
            ("events", str(schema.time)),
            f"must not run against the order {schema.order!r}",
            "correct one of the two columns, or let schema.order be the column of schema.time",
            rows=events.index[times.deltas < 0],
        )
    if (times.ages < 0).any() and schema.prediction_time is not None:
        yield given.problem(
            "error",
            ("events", str(schema.time)),
            f"must not lie after its entity's prediction time {schema.prediction_time!r}",
            "drop these events, which the model could not know, or correct the times",
            rows=events.index[times.ages < 0],
        )
