"""The one error that bad tables raise."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

_SHOWN = 5


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
        raise DataError(f"{rule}, but {len(ids)} rows break it (ids {_some(ids.tolist())}); {remedy}")


def _some(ids: Sequence[object]) -> str:
    distinct = list(dict.fromkeys(map(str, ids)))
    more = ", …" if len(distinct) > _SHOWN else ""
    return ", ".join(distinct[:_SHOWN]) + more
