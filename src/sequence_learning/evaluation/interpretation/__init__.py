"""What fitted models look at: by position, by channel, by tabular feature; and whether seeds agree on it."""
