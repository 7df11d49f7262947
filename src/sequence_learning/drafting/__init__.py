"""A first schema for two tables, inferred from their columns, with a reason behind each choice."""
