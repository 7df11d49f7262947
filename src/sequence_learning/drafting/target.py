"""What is predicted, and what kind of prediction that is."""

from collections.abc import Mapping

from sequence_learning.drafting.choice import Choice
from sequence_learning.drafting.column import Column, counted
from sequence_learning.features.errors import DataError, shown
from sequence_learning.features.kinds import to_floats

#: What stands where only a person can answer; the schema refuses what stands in angle brackets.
NO_TARGET = "<the column of entities to predict>"
NO_TASK = "<regression, binary or multiclass>"

# The first that fits is taken.
_USUAL_NAMES = (
    "target", "label", "y", "outcome", "response", "class", "churned", "churn", "converted", "conversion", "defaulted",
    "default", "fraud", "survived",
)  # fmt: skip
_MOST_CLASSES = 10
_SHOWN = 5


def find_target(entities: Mapping[str, Column], named: str | None) -> Choice:
    """The column that was named, or one that bears a usual name, or a question.

    Args:
        entities: columns of ``entities`` without the id.
        named: by the user.

    Raises:
        DataError: if there is no such column.
    """
    if named is not None:
        if named not in entities:
            raise DataError(
                f"draft.target must be a column of entities other than the id, got {named!r}; "
                f"use one of: {', '.join(entities)}"
            )
        return Choice(named, f"named in draft.target{_gaps(entities[named])}")
    for usual in _USUAL_NAMES:
        for name, column in entities.items():
            if name.lower().removeprefix("is_").removeprefix("has_").removesuffix("_flag") == usual:
                return Choice(name, f"by its name{_gaps(column)}")
    return Choice(NO_TARGET, f"no column has a usual name; it is one of: {', '.join(entities) or 'none'}")


def find_task(target: Column | None) -> Choice:
    """What the target's values ask for."""
    if target is None:
        return Choice(NO_TASK, "numbers, two classes or more classes")
    if target.kind in {"times", "other"}:
        return Choice(NO_TASK, f"the target holds {target.holds}; convert it to numbers or text")
    values = counted(target.n_distinct, "distinct value")
    if target.n_distinct == 2:
        return Choice("binary", _classes(target))
    if target.kind == "numbers" and not (target.is_whole and target.n_distinct <= _MOST_CLASSES):
        numbers = to_floats(target.present)
        return Choice("regression", f"{values}, from {numbers.min():g} to {numbers.max():g}")
    if target.kind == "numbers":
        return Choice("multiclass", f"{_classes(target)}; regression, if these are amounts")
    return Choice("multiclass", _classes(target))


def _classes(target: Column) -> str:
    counts = target.present.astype(str).value_counts()
    some = ", ".join(f"{shown(name)} in {n:,} rows" for name, n in counts.head(_SHOWN).items())
    return f"{counted(len(counts), 'distinct value')}: {some}{', …' if len(counts) > _SHOWN else ''}"


def _gaps(column: Column) -> str:
    return f"; missing in {counted(column.n_missing, 'row')}, which must go" if column.n_missing else ""
