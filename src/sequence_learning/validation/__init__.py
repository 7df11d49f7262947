"""Rules that the two tables must keep before anything is learned from them, or told by a model. All are checked."""
