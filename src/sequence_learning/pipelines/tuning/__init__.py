"""Search for better options, with the same budget for every model."""
