"""A choice of the draft, and the draft as a whole."""

from dataclasses import dataclass
from typing import NamedTuple


class Choice(NamedTuple):
    """A value of the schema.

    Attributes:
        value: a column's name, or another word or number.
        why: what in the tables speaks for it.
    """

    value: str | int
    why: str


@dataclass(frozen=True)
class SchemaDraft:
    """A schema with reasons; fields are those of :class:`~sequence_learning.parameters.SchemaParameters`.

    Attributes:
        id: see there, as all that follow.
        target: a question where it is not known.
        task: likewise.
        numeric: columns of ``entities``.
        categorical: likewise.
        order: a question where it is not known.
        time: None where events have none.
        prediction_time: None where entities have none.
        time_unit: None for numbers.
        channels: columns of ``events``.
        categorical_channels: likewise.
        groups: columns that might be ``group``: which rows belong together, the tables do not say.
        max_length: None where no sequence is far longer than the others.
        lengths: how long sequences are, in words.
        split_method: how rows are split.
        split_column: by which column; None for ``random``.
        left_out: columns without a role, by table.
    """

    id: Choice
    target: Choice
    task: Choice
    numeric: tuple[Choice, ...]
    categorical: tuple[Choice, ...]
    order: Choice
    time: Choice | None
    prediction_time: Choice | None
    time_unit: Choice | None
    channels: tuple[Choice, ...]
    categorical_channels: tuple[Choice, ...]
    groups: tuple[Choice, ...]
    max_length: Choice | None
    lengths: str
    split_method: Choice
    split_column: str | None
    left_out: dict[str, tuple[Choice, ...]]
