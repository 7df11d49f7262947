"""Fitting models with Lightning: one fit, many fits in worker processes, and what a fit leaves behind."""
