"""Rules for whose events are whose."""

from collections.abc import Iterator

from sequence_learning.features.kinds import kind_of
from sequence_learning.features.order import owners
from sequence_learning.validation.given import Given, Place
from sequence_learning.validation.problem import Problem


def check_ids(given: Given) -> Iterator[Problem]:
    """Every event must belong to an entity, and ids must be of the same type in both tables."""
    ids, others = given.column("entities", "id"), given.column("events", "id")
    # Where there are no entities at all, no event can belong to one, and there is no type to compare.
    if ids is None or others is None or kind_of(others) == "nothing" or (len(ids) and kind_of(ids) == "nothing"):
        return
    place: Place = ("events", given.schema.id)
    if len(ids) and not given.same_ids:
        found = f"it holds {kind_of(others)} and not {kind_of(ids)}"
        remedy = "convert one of the two: 1 is not the text '1'"
        yield given.problem("error", place, "must be of the type that it has in entities", remedy, found=found)
        return
    orphans = others.index[others.notna() & (owners(ids.drop_duplicates(), others) < 0)]
    if len(orphans):
        remedy = f"add the entities or drop these events (ids are {ids.dtype} in entities, {others.dtype} in events)"
        yield given.problem("error", place, "must be the id of an entity", remedy, rows=orphans)
