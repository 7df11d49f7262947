"""Scores new tables with the bundle of an earlier run."""
