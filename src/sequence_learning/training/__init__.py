"""Fitting models with Lightning: one fit, the worker processes that many run in, and what a fit leaves behind."""
