from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sequence_learning.baselines.summaries import MOST_CODES, ORDER_AWARE, ORDER_FREE, Summaries
from sequence_learning.features.model_input import ModelInput
from tests.builders import make_model_input
from tests.features.streams import in_shards

LAST_K = 3
EVERY = (*ORDER_FREE, *ORDER_AWARE)

ragged = st.tuples(st.lists(st.integers(0, 9), min_size=1, max_size=12), st.integers(0, 2**16)).map(
    lambda drawn: make_model_input(lengths=drawn[0], seed=drawn[1], event_categories=(4, 3))
)


def table_of(data: ModelInput, rows: np.ndarray | None = None) -> dict[str, np.ndarray]:
    """All columns by name; the frequent codes are those of all rows."""
    every = np.arange(len(data))
    summaries = Summaries.fit(data, every, EVERY, LAST_K)
    table = summaries.table(data, every if rows is None else rows)
    assert table.dtype == np.float32
    return dict(zip(summaries.columns, table.T, strict=True))


def by_row(data: ModelInput, statistic: Any, of: str = "values", at_least: int = 1) -> np.ndarray:
    """``statistic`` of each sequence as ``(L,)`` numbers, one channel after the other; NaN for shorter sequences."""
    events = getattr(data, of).astype(np.float64)
    return np.array(
        [
            [statistic(channel) if b - a >= at_least else np.nan for channel in events[a:b].T]
            for a, b in pairwise(data.offsets)
        ]
    )


STATISTICS: dict[str, Any] = {
    "mean": np.mean,
    "max": np.max,
    "sum": np.sum,
    "min": np.min,
    "std": np.std,
    "q25": lambda x: np.quantile(x, 0.25),
    "q50": np.median,
    "q75": lambda x: np.quantile(x, 0.75),
    "decayed_2": lambda x: np.average(x, weights=0.5 ** (np.arange(len(x))[::-1] / 2)),
    "decayed_8": lambda x: np.average(x, weights=0.5 ** (np.arange(len(x))[::-1] / 8)),
    "back_0": lambda x: x[-1],
    "back_2": lambda x: x[-3] if len(x) > 2 else np.nan,
}
OF_TWO_STEPS: dict[str, Any] = {
    "slope": lambda x: np.polyfit(np.arange(len(x)), x, 1)[0],
    "change": lambda x: np.abs(np.diff(x)).mean(),
}


@pytest.mark.parametrize("name", STATISTICS | OF_TWO_STEPS)
@given(data=ragged)
def test_statistics_of_numeric_channels(name: str, data: ModelInput) -> None:
    expected = by_row(data, (STATISTICS | OF_TWO_STEPS)[name], at_least=2 if name in OF_TWO_STEPS else 1)
    table = table_of(data)
    for d in range(3):
        np.testing.assert_allclose(table[f"channel_{d}_{name}"], expected[:, d], rtol=1e-5, atol=1e-5)


@given(ragged)
def test_shares_of_categorical_channels(data: ModelInput) -> None:
    table = table_of(data)
    for k in range(2):
        for code in np.unique(data.codes[:, k]):
            share = by_row(data, lambda x, code=code: np.mean(x == code), "codes")[:, k]
            np.testing.assert_allclose(table[f"code_{k}_share_{code}"], share, rtol=1e-6)


@given(ragged)
def test_codes_of_the_newest_steps(data: ModelInput) -> None:
    table = table_of(data)
    for s in range(LAST_K):
        expected = by_row(data, lambda x, s=s: x[-1 - s], "codes", at_least=s + 1)
        for k in range(2):
            np.testing.assert_array_equal(table[f"code_{k}_back_{s}"], expected[:, k])


@given(ragged)
def test_steps_are_counted_and_an_empty_sequence_has_nothing_else(data: ModelInput) -> None:
    table = table_of(data)
    lengths = np.diff(data.offsets)
    np.testing.assert_array_equal(table.pop("steps"), lengths)
    rest = np.array(list(table.values()))
    assert np.isnan(rest[:, lengths == 0]).all()
    assert np.isfinite(rest[:, lengths >= LAST_K]).all()


def test_only_what_looks_at_time_depends_on_the_order() -> None:
    data = make_model_input(lengths=[6] * 5)
    backwards = make_model_input(lengths=[6] * 5)
    for array in (backwards.values, backwards.codes):
        array[:] = array.reshape(5, 6, -1)[:, ::-1].reshape(array.shape)
    forth, back = table_of(data), table_of(backwards)
    changed = {name for name in forth if not np.allclose(forth[name], back[name], rtol=1e-4, atol=1e-6)}
    of_time = {name for name in forth if any(word in name for word in ("decayed", "slope", "back"))}
    assert changed == of_time
    for d in range(3):
        np.testing.assert_allclose(back[f"channel_{d}_slope"], -forth[f"channel_{d}_slope"], rtol=1e-4, atol=1e-6)


@given(ragged, st.integers(0, 2**16))
def test_order_free_summaries_stay_the_same_in_any_order(data: ModelInput, seed: int) -> None:
    summaries = Summaries.fit(data, np.arange(len(data)), ORDER_FREE)
    keys = np.random.default_rng(seed).random(len(data.values))
    mixed = np.lexsort((keys, np.repeat(np.arange(len(data)), np.diff(data.offsets))))
    other = replace(data, values=data.values[mixed], codes=data.codes[mixed])
    assert summaries.frequent_codes == Summaries.fit(other, np.arange(len(data)), ORDER_FREE).frequent_codes
    tables = [summaries.table(each, np.arange(len(data))) for each in (data, other)]
    np.testing.assert_allclose(*tables, rtol=1e-5, atol=1e-6)


def test_kept_summaries_are_those_of_the_whole_table() -> None:
    data = make_model_input()
    summaries = Summaries.fit(data, np.arange(60), ("std", "mean"))
    whole = table_of(data)
    names = [f"channel_{d}_{statistic}" for statistic in ("std", "mean") for d in range(3)]
    assert summaries.columns == ["steps", *names, *(f"code_0_share_{c}" for c in range(4))]
    assert summaries.categorical == []
    for name, column in zip(summaries.columns, summaries.table(data, np.arange(60)).T, strict=True):
        np.testing.assert_array_equal(column, whole[name])


def test_without_further_fields_steps_are_counted_and_nothing_else() -> None:
    data = make_model_input()
    assert Summaries().columns == ["steps"]
    assert Summaries().table(data, np.array([7, 3])).tolist() == [[0], data.lengths_of(np.array([3])).tolist()]


def test_a_row_depends_neither_on_the_other_rows_nor_on_their_order() -> None:
    data = make_model_input()
    every = table_of(data)
    for rows in (np.array([5]), np.array([9, 3, 7, 3]), np.array([7])):
        for name, column in table_of(data, rows).items():
            np.testing.assert_array_equal(column, every[name][rows])


def test_features_in_shards_have_the_same_summaries(tmp_path: Path) -> None:
    data = make_model_input(event_categories=(4, 3))
    sharded, rows = in_shards(data, tmp_path / "model_input.safetensors", window_events=11), np.arange(60)[::-1]
    summaries = Summaries.fit(data, rows, EVERY, 2)
    assert Summaries.fit(sharded, rows, EVERY, 2) == summaries
    np.testing.assert_array_equal(summaries.table(sharded, rows), summaries.table(data, rows))


def test_no_rows_give_no_rows() -> None:
    data = make_model_input()
    assert Summaries.fit(data, np.arange(60), EVERY, 2).table(data, np.array([], dtype=np.int64)).shape[0] == 0


def test_empty_sequences_alone() -> None:
    data = make_model_input(lengths=[0, 0])
    summaries = Summaries.fit(data, np.arange(2), EVERY, 1)
    assert summaries.frequent_codes == ((),)
    longer = make_model_input(lengths=[3, 0])
    for table in (summaries.table(data, np.arange(2)), summaries.table(longer, np.arange(2))):
        assert table.shape == (2, len(summaries.columns))
        assert table[1, 0] == 0


def test_the_most_frequent_codes_have_shares() -> None:
    data = make_model_input(lengths=[100] * 10, event_categories=(2 * MOST_CODES,))
    rare = 2 * MOST_CODES - 1
    data.codes[data.codes == rare] = 0
    data.codes[:2] = rare
    (frequent,) = Summaries.fit(data, np.arange(10), EVERY, 1).frequent_codes
    counts = np.bincount(data.codes[:, 0])
    assert len(frequent) == MOST_CODES
    assert rare not in frequent
    assert counts[list(frequent)].min() >= np.delete(counts, frequent).max()
    table = table_of(data)
    np.testing.assert_allclose(
        sum(column for name, column in table.items() if "share" in name),
        [np.isin(codes, frequent).mean() for codes in data.codes.reshape(10, 100)],
        rtol=1e-5,
    )


def test_codes_are_those_of_the_rows_that_were_fitted() -> None:
    data = make_model_input(lengths=[2, 2])
    data.codes[:] = [[1], [1], [2], [3]]
    summaries = Summaries.fit(data, np.array([0]), EVERY, 1)
    assert summaries.frequent_codes == ((1,),)
    share = summaries.table(data, np.arange(2))[:, summaries.columns.index("code_0_share_1")]
    assert share.tolist() == [1.0, 0.0]


def test_columns_have_different_names_and_those_with_codes_are_known() -> None:
    summaries = Summaries.fit(make_model_input(event_categories=(4, 3)), np.arange(60), EVERY, LAST_K)
    assert len(set(summaries.columns)) == len(summaries.columns)
    categorical = [summaries.columns[position] for position in summaries.categorical]
    assert categorical == [f"code_{k}_back_{s}" for s in range(LAST_K) for k in range(2)]


@pytest.mark.parametrize(("n_channels", "event_categories"), [(0, (4,)), (3, ())])
def test_one_kind_of_channel_is_enough(n_channels: int, event_categories: tuple[int, ...]) -> None:
    data = make_model_input(n_channels=n_channels, event_categories=event_categories)
    table = table_of(data)
    assert any(name.startswith("channel") for name in table) == (n_channels > 0)
    assert any(name.startswith("code") for name in table) == bool(event_categories)


def test_summaries_survive_json() -> None:
    summaries = Summaries.fit(make_model_input(), np.arange(60), EVERY, 2)
    assert Summaries.model_validate_json(summaries.model_dump_json()) == summaries
