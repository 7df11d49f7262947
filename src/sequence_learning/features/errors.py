"""The one error that bad tables raise."""


class DataError(ValueError):
    """The tables break a rule. The message says the rule, the value that broke it and the remedy."""
