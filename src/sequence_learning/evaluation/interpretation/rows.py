"""Some rows of prepared features by themselves."""

from dataclasses import replace

import numpy as np

from sequence_learning.features.model_input import ModelInput


def only(model_input: ModelInput, rows: np.ndarray) -> ModelInput:
    """These rows and their events, the shortest first: batches of neighbours then need little padding."""
    rows = rows[np.argsort(model_input.lengths_of(rows), kind="stable")]
    starts, lengths = model_input.offsets[rows], model_input.lengths_of(rows)
    offsets = np.concatenate([np.zeros(1, np.int64), lengths.cumsum()])
    events = np.repeat(starts - offsets[:-1], lengths) + np.arange(offsets[-1])
    by_row = {name: getattr(model_input, name)[rows] for name in ("numeric", "categorical", "target", "part")}
    by_event = {name: getattr(model_input, name)[events] for name in ("values", "codes")}
    ages = None if model_input.ages is None else model_input.ages[events]
    return replace(model_input, **by_row, **by_event, offsets=offsets, ages=ages)
