"""What a run is refused with."""


class RunRefusedError(ValueError):
    """A run would fail. The message says the rule, the value that broke it and the remedy."""
