"""Synthetic data sets whose best possible score is known, each a file of its own."""
