"""The two raw tables to a draft of their schema."""
