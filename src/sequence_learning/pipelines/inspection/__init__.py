"""Fitted models under examination: latency, size, robustness, interpretation, certificates."""
