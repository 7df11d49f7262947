"""Model input to trained, scored checkpoints: one template, instantiated per encoder."""
