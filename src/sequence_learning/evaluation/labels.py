"""Names as people read them."""

import textwrap
from collections.abc import Sequence

#: Ranking metrics as people write them.
_METRIC_NAMES = {"r2": "R²", "auc": "AUC", "accuracy": "accuracy"}


def shown(name: object) -> str:
    """A name without underscores."""
    return str(name).replace("_", " ")


def metric_name(metric: object) -> str:
    """A metric as people write it."""
    return _METRIC_NAMES.get(str(metric), shown(metric))


def listed(names: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


def wrapped(name: object, width: int = 16) -> str:
    """The same in lines of at most ``width`` letters, which leave room for the figure on a narrow screen."""
    return "<br>".join(textwrap.wrap(shown(name), width, break_long_words=False))
