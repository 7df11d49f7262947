"""A bundle as an MLflow model: one table in, predictions out."""
