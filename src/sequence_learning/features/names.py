"""Names of the columns of prepared features, for whoever reads a model."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

#: What the channels made of times tell, and for ``age`` the unscaled ages beside the channels too.
SINCE_PREVIOUS = "time since previous event"
TO_PREDICTION = "time to prediction"


class ColumnName(NamedTuple):
    """Where one column comes from.

    Attributes:
        source: the raw column, or what of the events' times is told.
        detail: tells columns of one source apart, such as ``missing`` for an indicator.
    """

    source: str
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.source} {self.detail}".rstrip()


@dataclass(frozen=True)
class FeatureNames:
    """A name per column of the arrays of :class:`~sequence_learning.features.model_input.ModelInput`, in their order.

    Attributes:
        values: numeric channels.
        codes: categorical channels.
        numeric: tabular numbers.
        categorical: tabular categories.
    """

    values: tuple[ColumnName, ...]
    codes: tuple[ColumnName, ...]
    numeric: tuple[ColumnName, ...]
    categorical: tuple[ColumnName, ...]


def sources(columns: Iterable[ColumnName]) -> list[str]:
    """What these columns are made of: each once, in their order."""
    return list(dict.fromkeys(column.source for column in columns))
