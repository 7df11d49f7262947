"""Names as people read them."""

import textwrap

#: Ranking metrics as people write them.
METRIC_NAMES = {"r2": "R²", "auc": "AUC", "accuracy": "accuracy"}


def shown(name: object) -> str:
    """A name without underscores."""
    return str(name).replace("_", " ")


def wrapped(name: object, width: int = 16) -> str:
    """The same in lines of at most ``width`` letters, which leave room for the figure on a narrow screen."""
    return "<br>".join(textwrap.wrap(shown(name), width, break_long_words=False))
