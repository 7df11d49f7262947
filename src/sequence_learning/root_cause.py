"""What an error began with."""

_LONGEST = 300


def root_cause(error: BaseException) -> str:
    """Type and message of the error that caused the others, in one line and in short; exporters wrap it in several."""
    while error.__cause__ is not None:
        error = error.__cause__
    return f"{type(error).__name__}: {' '.join(str(error).split())[:_LONGEST]}"
