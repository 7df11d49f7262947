"""The one error that mistakes around a cluster raise."""


class ClusterError(RuntimeError):
    """A cluster cannot be used. The message says the rule, the value and the remedy."""
