"""The one error that mistakes around a search raise."""


class TuningError(ValueError):
    """A search, or the use of one, breaks a rule. The message says the rule, the value and the remedy."""
