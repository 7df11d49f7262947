"""Thin Kedro nodes over the project's functions, and how they are wired."""
