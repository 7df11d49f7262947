"""The two raw tables to model input."""
