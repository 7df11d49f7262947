"""Model input to fitted, scored models: one template, instantiated per encoder, and one per baseline."""
