"""Names on the axes of figures."""

import textwrap


def wrapped(name: str, width: int = 16) -> str:
    """A name in lines of at most ``width`` letters, which leave room for the figure on a narrow screen."""
    return "<br>".join(textwrap.wrap(name.replace("_", " "), width, break_long_words=False))
