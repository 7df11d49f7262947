"""The rules for a stream of events: what is told is what would be told of a table."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

import pandas as pd
import pyarrow.dataset as pads

from sequence_learning.features.events import chunks, columns_of, head
from sequence_learning.features.sorted_runs import SortedRuns
from sequence_learning.parameters import SchemaParameters, StreamParameters
from sequence_learning.validation.cells import check_cells
from sequence_learning.validation.event_order import check_ties, check_times
from sequence_learning.validation.features import check_constants
from sequence_learning.validation.given import Given
from sequence_learning.validation.problem import SAMPLED, Problem, errors_of
from sequence_learning.validation.tables import validate_tables

_MOST_IDS = 5


def validate_stream(
    entities: pd.DataFrame, events: pads.Dataset, schema: SchemaParameters, stream: StreamParameters
) -> tuple[Problem, ...]:
    """Every rule for tables to learn from, but those that need a split.

    Returns:
        As for a table. Where the ids of the entities are broken, or a column of events is not there or holds something
        else, only that is told: the events cannot be sorted, or read.
    """
    first = head(events)
    # What is about single events, or about all of them, is found with all of them.
    at_once = [p for p in validate_tables(entities, first, schema) if p.table == "entities" or not p.rows]
    at_once = [p for p in at_once if (p.table, p.severity) != ("events", "warning")]
    if any(p.table == "events" or p.column == schema.id for p in errors_of(at_once)):
        return tuple(at_once)  # nobody can say whose the events are, or what they hold
    return (*at_once, *_of_events(entities, events, schema, stream), *_check_sample(events, stream))


def _of_events(
    entities: pd.DataFrame,
    events: pads.Dataset,
    schema: SchemaParameters,
    stream: StreamParameters,
) -> Iterator[Problem]:
    columns = columns_of(events, entities, schema)
    found: list[Problem] = []
    constant: dict[str, Problem | None] = {}
    with chunks(entities, events, schema.id, columns, stream) as pieces:
        yield from _check_ids(pieces.runs, schema)
        for rows, own in pieces:
            if own.empty:
                continue
            cells, sound = check_cells(Given.of(entities.iloc[rows], own, schema))
            found += [p for p in (*cells, *check_ties(sound), *check_times(sound)) if p.table == "events"]
            told = {p.column: p for p in check_constants(sound) if p.table == "events"}
            for name in columns:
                constant[name] = told.get(name) if constant.get(name, told.get(name)) == told.get(name) else None
    yield from merged(found)
    yield from (problem for problem in constant.values() if problem is not None)


def _check_ids(runs: SortedRuns, schema: SchemaParameters) -> Iterator[Problem]:
    """Every event must belong to an entity."""
    broken = {
        ("must not be missing", "fill it in or drop these rows"): (runs.nameless, ()),
        ("must be the id of an entity", "add the entities or drop these events"): (runs.strangers, runs.strange_ids),
    }
    for (rule, remedy), (n_events, ids) in broken.items():
        if n_events:
            yield Problem("error", rule, "events", schema.id, "", n_events, ids, remedy)


def merged(problems: Iterable[Problem]) -> list[Problem]:
    """One for each rule that a column breaks, in several chunks maybe."""
    by_rule: dict[tuple[str, str], Problem] = {}
    for problem in problems:
        key = (problem.column, problem.rule)
        before = by_rule.get(key, replace(problem, rows=0, ids=()))
        ids = tuple(dict.fromkeys((*before.ids, *problem.ids)))[:_MOST_IDS]
        by_rule[key] = replace(before, rows=before.rows + problem.rows, ids=ids)
    return list(by_rule.values())


def _check_sample(events: pads.Dataset, stream: StreamParameters) -> Iterator[Problem]:
    """What is learned from a sample of the events should be known to be."""
    n_events = events.count_rows()
    if n_events > stream.sample_events:
        yield Problem(
            severity="warning",
            rule=SAMPLED,
            table="events",
            column="",
            found=f"there are {n_events:,}, of which a sample of at most {stream.sample_events:,} was",
            rows=0,
            ids=(),
            remedy="scales, categories and what is told of the data are the sample's; raise "
            "features.stream.sample_events where memory allows",
        )
