"""Parameters to the two raw tables."""
