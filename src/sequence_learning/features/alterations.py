"""The same rows with other sequences: events shuffled, left out or without their times.

Each takes prepared features and some rows, and gives these rows alone, in their order. An event keeps its values, its
codes and its age wherever it stands, and that includes the channels made of times: in a shuffled or shortened sequence
the time since the previous event (``delta``) is the one that was measured, not that to the event it now follows.
"""

from dataclasses import replace

import numpy as np

from sequence_learning.features.model_input import EventArray, ModelInput
from sequence_learning.features.sharded_array import ShardedArray


def unaltered(model_input: ModelInput, rows: np.ndarray) -> ModelInput:
    """The rows as they are."""
    return model_input.select(rows)


def shuffled(model_input: ModelInput, rows: np.ndarray, seed: int) -> ModelInput:
    """Every row's events in random order."""
    row = _row_of_event(model_input, rows)
    return _keep(model_input, rows, model_input.events_of(rows)[_random_order(row, seed)], row)


def newest(model_input: ModelInput, rows: np.ndarray, k: int) -> ModelInput:
    """The ``k`` newest events of every row; all of a shorter one."""
    events, row = model_input.events_of(rows), _row_of_event(model_input, rows)
    kept = model_input.offsets[rows + 1][row] - events <= k
    return _keep(model_input, rows, events[kept], row[kept])


def random_half(model_input: ModelInput, rows: np.ndarray, seed: int) -> ModelInput:
    """Half the events of every row, drawn at random and left in their order; one more than half where odd."""
    row, lengths = _row_of_event(model_input, rows), model_input.lengths_of(rows)
    first = lengths.cumsum() - lengths
    drawn = np.arange(len(row)) - first[row] < (lengths[row] + 1) // 2
    kept = np.sort(_random_order(row, seed)[drawn])
    return _keep(model_input, rows, model_input.events_of(rows)[kept], row[kept])


def without_times(model_input: ModelInput) -> ModelInput:
    """All rows without ages and the channels made of times: for models that are to know the order of events alone."""
    spec = model_input.spec
    n_channels = spec.n_channels - spec.n_time_channels
    return replace(
        model_input,
        values=_first_columns(model_input.values, n_channels),
        ages=None,
        spec=spec.model_copy(update={"n_channels": n_channels, "n_time_channels": 0, "has_ages": False}),
    )


def _first_columns(values: EventArray, n: int) -> EventArray:
    return values.first_columns(n) if isinstance(values, ShardedArray) else values[:, :n]


def _row_of_event(model_input: ModelInput, rows: np.ndarray) -> np.ndarray:
    """To which of ``rows`` each of their events belongs, as an index into ``rows``."""
    return np.repeat(np.arange(len(rows)), model_input.lengths_of(rows))


def _random_order(row: np.ndarray, seed: int) -> np.ndarray:
    """A permutation of the events that leaves each in its row."""
    return np.lexsort((np.random.default_rng(seed).random(len(row)), row))


def _keep(model_input: ModelInput, rows: np.ndarray, events: np.ndarray, row: np.ndarray) -> ModelInput:
    """These rows with these events, the ``i``-th of which belongs to row ``row[i]``, in ascending order."""
    return model_input.select_events(rows, events, np.bincount(row, minlength=len(rows)))
