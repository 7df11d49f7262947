"""The one error that bad tables raise."""

from collections.abc import Iterable
from itertools import islice
from typing import Any

import pandas as pd

_SHOWN = 5
_LONGEST = 40
_LOOKED_AT = 10_000


class DataError(ValueError):
    """The tables break a rule. The message says the rule, the value that broke it and the remedy."""


def refuse(ids: "pd.Series[Any]", rule: str, remedy: str) -> None:
    """Refuse rows that break a rule.

    Args:
        ids: of the rows that break it; if there are none, all is well.
        rule: what should hold.
        remedy: what to do about it.

    Raises:
        DataError: with the number of rows and up to five ids.
    """
    if len(ids):
        some = ", ".join(some_of(ids)) + (", …" if ids.nunique() > _SHOWN else "")
        raise DataError(f"{rule}, but {len(ids)} rows break it (ids {some}); {remedy}")


def some_of(values: Iterable[object]) -> tuple[str, ...]:
    """Up to five different values, fit for a line in a terminal; of very many values the first are looked at."""
    return tuple(list(dict.fromkeys(map(shown, islice(values, _LOOKED_AT))))[:_SHOWN])


def shown(value: object) -> str:
    """A value as short text of one line."""
    text = str(value)
    text = text if text.isprintable() else repr(text)[1:-1]
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
