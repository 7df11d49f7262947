"""Signs that the test score may be too good: what training rows could tell of test rows, and features of the target."""

from collections.abc import Iterator
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd

from sequence_learning.evaluation.clustered import standard_error
from sequence_learning.evaluation.ranks import ranks_of
from sequence_learning.features.categories import category_order, category_texts
from sequence_learning.features.columns import Columns, resolve_columns
from sequence_learning.features.kinds import to_floats
from sequence_learning.features.order import chronological_rank, sort_events
from sequence_learning.features.split import parts_of
from sequence_learning.features.times import parse_times
from sequence_learning.parameters import SchemaParameters

Verdict = Literal["fine", "look", "not applicable"]

#: The check for a feature that gives the target away.
NEARLY_THE_TARGET = "a feature that is nearly the target"
#: A feature that ranks rows this much like the target is suspicious.
_ALIKE = 0.98
#: Fewer rows, of each class if there are classes, may be ranked like the target by chance.
_ENOUGH = 20
#: Difference of means in standard deviations that counts as drift (Austin, 2009, https://doi.org/10.1002/sim.3697).
_DRIFT = 0.1
#: In standard errors: a smaller drift may be the luck of the draw.
_LUCK = 3


class _Finding(NamedTuple):
    """A row of the table."""

    check: str
    found: str
    verdict: Verdict
    why: str


class _Data(NamedTuple):
    """What every check looks at; the events stand by entity and oldest first."""

    entities: pd.DataFrame
    events: pd.DataFrame
    offsets: np.ndarray
    split: pd.DataFrame
    columns: Columns
    schema: SchemaParameters

    @property
    def train(self) -> np.ndarray:
        return (self.split["part"] == "train").to_numpy()

    @property
    def test(self) -> np.ndarray:
        return (self.split["part"] == "test").to_numpy()


def check_leakage(
    entities: pd.DataFrame,
    events: pd.DataFrame,
    split: pd.DataFrame,
    schema: SchemaParameters,
) -> pd.DataFrame:
    """Look for ways in which a test score becomes too good although the tables keep every rule.

    What rules forbid (repeated ids, events after the prediction, groups in two parts, a feature that equals the
    target) is told by :mod:`sequence_learning.validation`.

    Args:
        entities: those that were split, in the same order.
        events: theirs.
        split: ``id``, ``part`` and ``unit`` of every entity.
        schema: roles of the columns, and how the entities were split.

    Returns:
        A row per check: ``check``; ``found``, in words and numbers; ``verdict``: ``fine``, ``look`` (a person should)
        or ``not applicable``; and ``why`` it is asked.
    """
    parts_of(entities, schema.id, split)  # refuses a split of other rows
    sorted_events, offsets = sort_events(entities, events, schema)
    data = _Data(entities, sorted_events, offsets, split, resolve_columns(schema, entities, events), schema)
    findings = [
        _identical_inputs(data),
        _feature_like_the_target(data),
        _training_after_test(data),
        _target_drift(data),
    ]
    return pd.DataFrame(findings)


def _identical_inputs(data: _Data) -> _Finding:
    inputs = _hash_inputs(data)
    repeated = int(np.isin(inputs[data.test], inputs[data.train]).sum())
    return _Finding(
        "test rows whose inputs are those of a training row",
        f"{repeated:,} of {int(data.test.sum()):,} test rows",
        _look_if(repeated > 0),
        "a copy is remembered and not predicted; with few features or empty sequences, equal rows occur by themselves",
    )


def _feature_like_the_target(data: _Data) -> _Finding:
    measured = [(likeness, name) for name, likeness in _likenesses(data) if not np.isnan(likeness)]
    largest, name = max(measured, default=(0.0, ""))
    return _Finding(
        NEARLY_THE_TARGET,
        f"rank correlation {largest:.2f} of {name}" if measured else "too few rows to tell",
        _look_if(largest > _ALIKE) if measured else "not applicable",
        "such a feature may have been measured after the target, or made from it",
    )


def _training_after_test(data: _Data) -> _Finding:
    how = data.schema.split
    check = "training rows as new as test rows"
    why = "a model in use is trained on the past alone"
    if how.method != "time":
        return _Finding(check, f"schema.split.method is {how.method}", "not applicable", why)
    moment = chronological_rank(data.entities[str(how.column)])
    late = int((moment[data.train] >= moment[data.test].min()).sum())
    return _Finding(check, f"{late:,} of {int(data.train.sum()):,} training rows", _look_if(late > 0), why)


def _target_drift(data: _Data) -> _Finding:
    drifts = [_drift(target.astype(float), data) for target in _targets(data)]
    largest, _ = max(drifts)
    return _Finding(
        "drift of the target from training to test rows",
        f"the mean differs by {largest:.2f} standard deviations",
        _look_if(any(size > _DRIFT and size > _LUCK * error for size, error in drifts)),
        "where the target moves by more than luck, a score says less about later rows",
    )


def _drift(target: np.ndarray, data: _Data) -> tuple[float, float]:
    """Absolute difference of the means and its standard error, in standard deviations of the training rows."""
    unit = data.split["unit"].to_numpy()
    (before, error), (after, other_error) = (
        (target[part].mean(), standard_error(target[part], unit[part])[0]) for part in (data.train, data.test)
    )
    spread = target[data.train].std() or np.nan
    return abs(after - before) / spread, float(np.hypot(error, other_error)) / spread


def _look_if(suspicious: bool) -> Verdict:
    return "look" if suspicious else "fine"


def _hash_inputs(data: _Data) -> np.ndarray:
    """One number per entity, ``(N,)`` uint64: equal where all features and all events, in their order, are equal."""
    columns, schema = data.columns, data.schema
    times = [parse_times(data.events[schema.time], schema.time_unit)] if schema.time and len(data.events) else []
    readings = [to_floats(data.events[name]) for name in columns.channels]
    kinds = [category_texts(data.events[name]) for name in columns.categorical_channels]
    events = _hash_rows([*readings, *kinds, *times], len(data.events))
    step = np.arange(len(events)) - np.repeat(data.offsets[:-1], np.diff(data.offsets))
    # Steps count, so that the same events in another order are another sequence. Sums wrap around, which is no harm.
    placed = pd.util.hash_array(events ^ pd.util.hash_array(step.astype(np.uint64)))
    sums = np.concatenate([np.zeros(1, np.uint64), placed.cumsum(dtype=np.uint64)])
    sequences = sums[data.offsets[1:]] - sums[data.offsets[:-1]]
    numbers = [to_floats(data.entities[name]) for name in columns.numeric]
    categories = [category_texts(data.entities[name]) for name in columns.categorical]
    features = _hash_rows([*numbers, *categories], len(data.entities))
    return np.asarray(pd.util.hash_array(features + pd.util.hash_array(sequences)))


def _hash_rows(columns: list[np.ndarray], n: int) -> np.ndarray:
    """Of ``n`` rows, ``(N,)`` uint64."""
    if not columns:
        return np.zeros(n, np.uint64)
    return pd.util.hash_pandas_object(pd.DataFrame(dict(enumerate(columns))), index=False).to_numpy()


def _targets(data: _Data) -> list[np.ndarray]:
    """The target ``(N,)``: its numbers, or whether it is the second of two classes, or each of several classes."""
    target = data.entities[data.schema.target]
    if data.schema.task == "regression":
        return [to_floats(target)]
    classes, texts = category_order(target), category_texts(target)
    return [texts == name for name in (classes[1:] if len(classes) == 2 else classes)]


def _likenesses(data: _Data) -> Iterator[tuple[str, float]]:
    """How much each feature ranks rows as the target does, 0 to 1.

    Numbers are compared on training rows, channels by their last value and their mean. A category stands for the mean
    target of its training rows and is compared on the other rows: on its own rows, a category of one row would know
    everything.
    """
    targets, train = _targets(data), data.train
    for name, values in _numbers(data):
        yield name, _likeness(values[train], [target[train] for target in targets])
    for name, codes in _categories(data):
        known = [_likeness(_mean_target(codes, target, train)[~train], [target[~train]]) for target in targets]
        yield name, max((value for value in known if not np.isnan(value)), default=float("nan"))


def _numbers(data: _Data) -> Iterator[tuple[str, np.ndarray]]:
    lengths = np.diff(data.offsets)
    row = np.repeat(np.arange(len(lengths)), lengths)
    for name in data.columns.numeric:
        values = to_floats(data.entities[name])
        yield name, values
        yield f"whether {name} is missing", np.isnan(values).astype(float)
    for name in data.columns.channels:
        values = to_floats(data.events[name])
        last = np.full(len(lengths), np.nan)
        last[lengths > 0] = values[data.offsets[1:][lengths > 0] - 1]
        yield f"the last {name}", last
        known = ~np.isnan(values)
        count = np.bincount(row[known], minlength=len(lengths))
        total = np.bincount(row[known], values[known], minlength=len(lengths))
        yield f"the mean of {name}", np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _categories(data: _Data) -> Iterator[tuple[str, np.ndarray]]:
    """Codes from 1, missing values being a category too; 0 where there is no event."""
    for name in data.columns.categorical:
        yield name, pd.factorize(category_texts(data.entities[name]), use_na_sentinel=False)[0] + 1
    full = np.diff(data.offsets) > 0
    for name in data.columns.categorical_channels:
        codes = np.zeros(len(full), dtype=np.int64)
        last = data.events[name].iloc[data.offsets[1:][full] - 1]
        codes[full] = pd.factorize(category_texts(last), use_na_sentinel=False)[0] + 1
        yield f"the last {name}", codes


def _mean_target(codes: np.ndarray, target: np.ndarray, train: np.ndarray) -> np.ndarray:
    """Of the training rows of each row's category; NaN where there are none, or no category."""
    n = codes.max() + 1
    count = np.bincount(codes[train], minlength=n)
    total = np.bincount(codes[train], target[train], minlength=n)
    means = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    means[0] = np.nan
    return np.asarray(means[codes])


def _likeness(values: np.ndarray, targets: list[np.ndarray]) -> float:
    """Absolute rank correlation with that target for which it is largest; NaN where too few rows have a value.

    It is Spearman's; for classes the rank-biserial one, 2 AUC - 1, which is 1 where a value separates a class from the
    others: Spearman's could not reach that.
    """
    known = ~np.isnan(values)
    if known.sum() < _ENOUGH:
        return float("nan")
    ranks = ranks_of(values[known])
    found = [_correlation(ranks, target[known]) for target in targets]
    return max((value for value in found if not np.isnan(value)), default=float("nan"))


def _correlation(ranks: np.ndarray, target: np.ndarray) -> float:
    if target.dtype != bool:
        constant = ranks.std() == 0 or target.std() == 0
        return float("nan") if constant else float(abs(np.corrcoef(ranks, ranks_of(target))[0, 1]))
    n, n_others = int(target.sum()), int((~target).sum())
    if min(n, n_others) < _ENOUGH:
        return float("nan")
    auc = (ranks[target].sum() - n * (n + 1) / 2) / (n * n_others)
    return float(abs(2 * auc - 1))
