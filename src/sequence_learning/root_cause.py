"""What an error began with."""

from collections.abc import Callable

_LONGEST = 300


def root_cause(error: BaseException, hide: Callable[[str], str] = str) -> str:
    """Type and message of the error that caused the others, in one line and in short; exporters wrap it in several.

    Args:
        error: the last of them.
        hide: takes out of the whole message what must not be told.
    """
    while error.__cause__ is not None:
        error = error.__cause__
    return f"{type(error).__name__}: {' '.join(hide(str(error)).split())[:_LONGEST]}"
