"""The decision, the data's own summary and checks, and the report that holds everything."""
