"""Kedro datasets for what no ready-made dataset stores: ragged features, checkpoints without pickle, tracked tables."""
