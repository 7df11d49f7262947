"""Kedro datasets for what no ready-made dataset stores: ragged features, and checkpoints without pickle."""
