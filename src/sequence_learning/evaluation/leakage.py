"""Signs that the test score may be too good: what training rows could tell of test rows, and features of the target."""

from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from sequence_learning.evaluation.clustered import standard_error
from sequence_learning.features.columns import Columns, resolve_columns
from sequence_learning.features.event_time import parse_times
from sequence_learning.features.order import sort_events
from sequence_learning.features.split import parts_of
from sequence_learning.parameters import SchemaParameters

Verdict = Literal["fine", "look", "not applicable"]

#: A feature that ranks rows this much like the target is suspicious.
_NEARLY_THE_TARGET = 0.98
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
    """Look for the common ways in which a test score becomes too good.

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
    # Tables with repeated ids are refused before a split; if they come here, the other checks see each id once.
    once = ~entities[schema.id].duplicated().to_numpy()
    sorted_events, offsets = sort_events(entities[once], events, schema)
    columns = resolve_columns(schema, entities, events)
    data = _Data(entities[once], sorted_events, offsets, split[once], columns, schema)
    findings = [
        _entity_in_two_parts(split),
        _unit_in_two_parts(data.split),
        _identical_inputs(data),
        _feature_like_the_target(data),
        _events_after_the_prediction(data),
        _training_after_test(data),
        _target_drift(data),
    ]
    return pd.DataFrame(findings)


def _entity_in_two_parts(split: pd.DataFrame) -> _Finding:
    ids = split.drop_duplicates(["id", "part"])["id"]
    repeated = ids[ids.duplicated()].nunique()
    return _Finding(
        "the same entity in two parts",
        f"{repeated:,} of {split['id'].nunique():,} entities",
        _look_if(repeated > 0),
        "a model knows the answer of a row that it was trained on",
    )


def _unit_in_two_parts(split: pd.DataFrame) -> _Finding:
    test, others = (split.loc[(split["part"] == "test") == is_test, "unit"] for is_test in (True, False))
    shared = int(test.drop_duplicates().isin(others).sum())
    alone = split["unit"].is_unique
    return _Finding(
        "a group in two parts",
        "every row stands for itself" if alone else f"{shared:,} of {test.nunique():,} groups of test rows",
        "not applicable" if alone else _look_if(shared > 0),
        "rows of a group resemble each other, so the score is that of groups which are known already; "
        "schema.split.method group keeps them together",
    )


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
        "a feature that is nearly the target",
        f"rank correlation {largest:.2f} of {name}" if measured else "too few rows to tell",
        _look_if(largest > _NEARLY_THE_TARGET) if measured else "not applicable",
        "such a feature may have been measured after the target, or made from it",
    )


def _events_after_the_prediction(data: _Data) -> _Finding:
    schema = data.schema
    check = "events after the prediction time"
    why = "a model in use cannot know them; such tables are refused at loading"
    if schema.prediction_time is None:
        return _Finding(check, "schema.prediction_time is not set", "not applicable", why)
    asked = np.repeat(
        parse_times(data.entities[schema.prediction_time], schema.time_unit),
        np.diff(data.offsets),
    )
    late = int((parse_times(data.events[str(schema.time)], schema.time_unit) > asked).sum())
    return _Finding(check, f"{late:,} of {len(data.events):,} events", _look_if(late > 0), why)


def _training_after_test(data: _Data) -> _Finding:
    how = data.schema.split
    check = "training rows as new as test rows"
    why = "a model in use is trained on the past alone"
    if how.method != "time":
        return _Finding(check, f"schema.split.method is {how.method}", "not applicable", why)
    moment = data.entities[str(how.column)].rank().to_numpy()
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
    times = [schema.time] if schema.time else []
    events = _hash_rows(data.events[[*columns.channels, *columns.categorical_channels, *times]])
    step = np.arange(len(events)) - np.repeat(data.offsets[:-1], np.diff(data.offsets))
    # Steps count, so that the same events in another order are another sequence. Sums wrap around, which is no harm.
    placed = pd.util.hash_array(events ^ pd.util.hash_array(step.astype(np.uint64)))
    sums = np.concatenate([np.zeros(1, np.uint64), placed.cumsum(dtype=np.uint64)])
    sequences = sums[data.offsets[1:]] - sums[data.offsets[:-1]]
    features = _hash_rows(data.entities[[*columns.numeric, *columns.categorical]])
    return np.asarray(pd.util.hash_array(features + pd.util.hash_array(sequences)))


def _hash_rows(table: pd.DataFrame) -> np.ndarray:
    if table.columns.empty:
        return np.zeros(len(table), np.uint64)
    return pd.util.hash_pandas_object(table, index=False).to_numpy()


def _targets(data: _Data) -> list[np.ndarray]:
    """The target ``(N,)``: its numbers, or whether it is the second of two classes, or each of several classes."""
    target = data.entities[data.schema.target]
    if data.schema.task == "regression":
        return [target.to_numpy(dtype=np.float64)]
    classes = list(target.sort_values().unique())
    return [(target == name).to_numpy(dtype=bool) for name in (classes[1:] if len(classes) == 2 else classes)]


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
        values = _floats(data.entities[name])
        yield name, values
        yield f"whether {name} is missing", np.isnan(values).astype(float)
    for name in data.columns.channels:
        values = _floats(data.events[name])
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
        yield name, pd.factorize(data.entities[name], use_na_sentinel=False)[0] + 1
    full = np.diff(data.offsets) > 0
    for name in data.columns.categorical_channels:
        codes = np.zeros(len(full), dtype=np.int64)
        last = data.events[name].iloc[data.offsets[1:][full] - 1]
        codes[full] = pd.factorize(last, use_na_sentinel=False)[0] + 1
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
    ranks = rankdata(values[known])
    found = [_correlation(ranks, target[known]) for target in targets]
    return max((value for value in found if not np.isnan(value)), default=float("nan"))


def _correlation(ranks: np.ndarray, target: np.ndarray) -> float:
    if target.dtype != bool:
        constant = ranks.std() == 0 or target.std() == 0
        return float("nan") if constant else float(abs(np.corrcoef(ranks, rankdata(target))[0, 1]))
    n, n_others = int(target.sum()), int((~target).sum())
    if min(n, n_others) < _ENOUGH:
        return float("nan")
    auc = (ranks[target].sum() - n * (n + 1) / 2) / (n * n_others)
    return float(abs(2 * auc - 1))


def _floats(column: "pd.Series[Any]") -> np.ndarray:
    return column.to_numpy(dtype=np.float64, na_value=np.nan)
