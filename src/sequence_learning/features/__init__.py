"""From two tables to model input: check, split, fit the transformer on the training rows, transform."""
