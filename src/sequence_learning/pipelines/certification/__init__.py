"""Encoders as configured, and every variant of them, to a table of certificates."""
