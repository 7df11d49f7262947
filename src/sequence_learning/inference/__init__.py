"""Predictions of new tables with a bundle that was fitted before."""
