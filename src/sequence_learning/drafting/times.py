"""What orders events, when they happened, and when the prediction is made."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from sequence_learning.drafting.choice import Choice
from sequence_learning.drafting.column import Column, counted
from sequence_learning.features.kinds import to_floats
from sequence_learning.features.times import parse_times
from sequence_learning.parameters import TimeUnit

#: The schema refuses what stands in angle brackets.
NO_ORDER = "<the column of events that orders them>"

_SEQUENCE_WORDS = {"step", "seq", "sequence", "position", "pos", "index", "idx", "rank", "nr"}
_TIME_WORDS = {"time", "timestamp", "ts", "date", "day", "hour", "minute", "second", "week", "month", "year", "at"}
_PREDICTION_WORDS = {"prediction", "cutoff", "now", "snapshot", "until", "reference", *_TIME_WORDS}
_SECONDS: dict[TimeUnit, int] = {"days": 86_400, "hours": 3_600, "minutes": 60, "seconds": 1}


def find_order(events: Mapping[str, Column], ids: "pd.Series[Any]") -> tuple[Choice, Choice | None]:
    """What orders events, and when they happened: often one column.

    Args:
        events: columns of ``events`` without the id.
        ids: of the events.
    """
    whole = [column for column in events.values() if len(column.present) == len(column.series)]
    stamps = [column for column in whole if column.kind == "times"]
    numbers = [column for column in whole if column.kind == "numbers" and not column.is_constant]
    for named, why in (
        (stamps, "time stamps"),
        ([column for column in numbers if column.words & _TIME_WORDS], "numbers, a time by the name"),
        ([column for column in numbers if column.words & _SEQUENCE_WORDS], "numbers, an order by the name"),
        ([column for column in numbers if _increases(column, ids)], "increases within each entity"),
    ):
        if named:
            # Of several, the one that tells most events apart.
            chosen = max(named, key=lambda column: column.n_distinct)
            timed = chosen in stamps or bool(chosen.words & _TIME_WORDS)
            order = Choice(chosen.name, f"{why}{_others(named, chosen)}{_ties(chosen, ids)}")
            time = Choice(chosen.name, "makes channels of the time between events and before the prediction")
            return order, time if timed else None
    return Choice(NO_ORDER, "no time stamps, no usual name, and nothing increases within each entity"), None


def find_time_unit(time: Column, ids: "pd.Series[Any]") -> Choice:
    """What suits the time between events of one entity."""
    seconds = parse_times(time.series, "seconds")
    gaps = pd.Series(seconds).sort_values().groupby(ids.to_numpy()[np.argsort(seconds, kind="stable")]).diff()
    typical = float(gaps[gaps > 0].median())
    fits: list[TimeUnit] = [unit for unit, length in _SECONDS.items() if typical >= length]
    if not fits:
        return Choice("seconds" if typical > 0 else "days", "no two events of an entity lie a second apart")
    return Choice(fits[0], f"between two events of an entity lie typically {typical / _SECONDS[fits[0]]:.1f} {fits[0]}")


def find_prediction_time(
    entities: Iterable[Column], time: Column, entity_ids: "pd.Series[Any]", event_ids: "pd.Series[Any]"
) -> Choice | None:
    """A time of each entity that lies after all its events."""
    newest = pd.Series(parse_times(time.series, "days")).groupby(event_ids.to_numpy()).max()
    newest_by_row = entity_ids.map(newest).to_numpy(dtype=float)
    for column in entities:
        named = column.kind == "times" or bool(column.words & _PREDICTION_WORDS)
        if column.kind != time.kind or column.n_missing or not named:
            continue
        earlier = parse_times(column.series, "days") < newest_by_row  # false for entities without events
        if not earlier.any():
            return Choice(column.name, "after all events of its entity; see that it does not tell the target")
    return None


def _increases(column: Column, ids: "pd.Series[Any]") -> bool:
    steps = pd.Series(to_floats(column.series)).groupby(ids.to_numpy()).diff().dropna()
    return len(steps) > 0 and bool((steps >= 0).all()) and float((steps > 0).mean()) > 0.5


def _others(named: list[Column], chosen: Column) -> str:
    others = [column.name for column in named if column is not chosen]
    return f" (others: {', '.join(others)})" if others else ""


def _ties(column: Column, ids: "pd.Series[Any]") -> str:
    ties = int(pd.DataFrame({"id": ids, "order": column.series}).duplicated().sum())
    return f"; {counted(ties, 'event')} at the moment of another of the same entity" if ties else ""
