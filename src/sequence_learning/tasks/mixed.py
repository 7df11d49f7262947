"""The dummy data set: a target that depends on the tabular features and, in several ways, on the sequence.

The noise-free signal has five parts of equal variance:

- tabular: a sum over the numeric features and an effect of the category ``segment``;
- order-free: the largest reading of ``channel_0``;
- recency: an exponentially decayed mean of ``channel_1``, in which the newest event weighs most;
- content: the mean of ``channel_1`` over the events of kind ``a`` alone, wherever they stand;
- local order: the mean product of neighbouring readings of ``channel_0``.

Their sum is scaled to a variance of ``1 - noise`` and normal noise of variance ``noise`` is added. So no model can
expect an R² above ``1 - noise`` on a regression target; missing values lower the attainable score further.
"""

import numpy as np
import pandas as pd

from sequence_learning.parameters import SyntheticParameters, Task

_SEGMENTS = np.array(["basic", "plus", "pro", "trial"])
_KINDS = np.array(["a", "b", "c"])
_DECAY = 0.8


def generate_mixed(parameters: SyntheticParameters, task: Task) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Draw the two tables.

    Args:
        parameters: sizes, noise and seed.
        task: ``regression`` gives the noisy signal, ``binary`` whether it is above zero, ``multiclass`` which of
            ``num_classes`` equally frequent ranges it is in.

    Returns:
        ``entities`` (``id``, ``tabular_*``, ``segment``, ``target``) and ``events`` (``id``, ``step``,
        ``channel_*``, ``kind``), byte for byte the same for the same arguments.
    """
    rng = np.random.default_rng(parameters.seed)
    n = parameters.num_samples
    lengths = rng.integers(parameters.min_length, parameters.max_length + 1, n)
    row = np.repeat(np.arange(n), lengths)
    tabular = rng.standard_normal((n, parameters.num_tabular))
    segment = rng.integers(len(_SEGMENTS), size=n)
    channels = rng.standard_normal((len(row), parameters.num_channels))
    kind = rng.integers(len(_KINDS), size=len(row))
    signal = _signal(tabular, segment, channels, kind, row, lengths)
    noisy = np.sqrt(1 - parameters.noise) * signal + np.sqrt(parameters.noise) * rng.standard_normal(n)

    entities = pd.DataFrame(_with_gaps(tabular, parameters.missing, rng)).add_prefix("tabular_")
    entities.insert(0, "id", np.arange(n))
    entities["segment"] = _SEGMENTS[segment]
    entities["target"] = _target(noisy, task, parameters.num_classes)
    events = pd.DataFrame(_with_gaps(channels, parameters.missing, rng)).add_prefix("channel_")
    events.insert(0, "id", row)
    events.insert(1, "step", np.arange(len(row)) - np.repeat(lengths.cumsum() - lengths, lengths))
    events["kind"] = _KINDS[kind]
    return entities, events


def _signal(
    tabular: np.ndarray,
    segment: np.ndarray,
    channels: np.ndarray,
    kind: np.ndarray,
    row: np.ndarray,
    lengths: np.ndarray,
) -> np.ndarray:
    first, second = channels[:, 0], channels[:, 1]
    parts = (
        tabular.sum(axis=1) / np.sqrt(tabular.shape[1]) + np.linspace(-1, 1, len(_SEGMENTS))[segment],
        _maximum(first, row, lengths),
        _decayed_mean(second, lengths),
        _mean(second * (kind == 0), kind == 0, row, lengths),
        _mean(first * _previous(first, row), _has_previous(row), row, lengths),
    )
    # The parts share readings, so their sum is scaled again: the stated noise is a share of the whole variance.
    return _standardised(np.sum([_standardised(part) for part in parts], axis=0))


def _standardised(part: np.ndarray) -> np.ndarray:
    # Sequences of length 0 or 1 can leave a part constant: it then carries nothing.
    spread = part.std()
    return (part - part.mean()) / spread if spread > 0 else np.zeros_like(part)


def _maximum(values: np.ndarray, row: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    largest = np.full(len(lengths), -np.inf)
    np.maximum.at(largest, row, values)
    return np.where(lengths > 0, largest, 0.0)


def _mean(values: np.ndarray, counted: np.ndarray, row: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    total = np.bincount(row, values * counted, len(lengths))
    return np.asarray(total / np.bincount(row, counted, len(lengths)).clip(min=1))


def _decayed_mean(values: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    result = np.zeros(len(lengths))
    for i, sequence in enumerate(np.split(values, lengths.cumsum()[:-1])):
        if len(sequence):
            weight = _DECAY ** np.arange(len(sequence))[::-1]
            result[i] = weight @ sequence / weight.sum()
    return result


def _has_previous(row: np.ndarray) -> np.ndarray:
    return np.concatenate([[False], row[1:] == row[:-1]])[: len(row)]


def _previous(values: np.ndarray, row: np.ndarray) -> np.ndarray:
    return np.where(_has_previous(row), np.roll(values, 1), 0.0)


def _with_gaps(values: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    return np.where(rng.random(values.shape) < share, np.nan, values)


def _target(noisy: np.ndarray, task: Task, n_classes: int) -> np.ndarray:
    if task == "regression":
        return noisy
    if task == "binary":
        return (noisy > 0).astype(np.int64)
    edges = np.quantile(noisy, np.arange(1, n_classes) / n_classes)
    return np.searchsorted(edges, noisy).astype(np.int64)
