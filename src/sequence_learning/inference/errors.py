"""The one error that a bad bundle raises."""


class BundleError(ValueError):
    """A bundle is not what it should be. The message says the rule, the value that broke it and the remedy."""
