"""Rules for the target."""

from collections.abc import Iterator

from sequence_learning.features.categories import category_order
from sequence_learning.features.errors import some_of
from sequence_learning.validation.given import Given, Place
from sequence_learning.validation.problem import Problem


def check_target(given: Given) -> Iterator[Problem]:
    """It must have as many values as its kind of task needs."""
    target = given.column("entities", "target")
    if target is None or target.isna().all():  # which another rule tells
        return
    values, task = category_order(target), given.schema.task
    found = f"it has {len(values)}: {', '.join(some_of(values))}" + (", …" if len(values) > 5 else "")
    place: Place = ("entities", given.schema.target)
    if len(values) < 2:
        yield given.problem("error", place, "must vary", "choose another target", found=f"it is always {values[0]}")
    elif task == "binary" and len(values) != 2:
        remedy = "correct the target, or schema.task"
        yield given.problem("error", place, "must have two values to be binary", remedy, found=found)
    elif task == "multiclass" and len(values) < 3:
        remedy = "set schema.task to binary"
        yield given.problem("error", place, "must have three values or more to be multiclass", remedy, found=found)
