"""Who trains, who validates, who is tested."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sequence_learning.features.errors import DataError
from sequence_learning.features.split import PARTS, check_test_rows, split_entities
from tests.features.tables import small_schema

FEW = settings(max_examples=40, deadline=None)
shares = st.tuples(st.floats(0.1, 0.4), st.floats(0.1, 0.4))
seeds = st.integers(0, 1000)


def table(n: int, **columns: Any) -> pd.DataFrame:
    return pd.DataFrame({"id": np.arange(n) * 7 + 3} | columns)


def parts(entities: pd.DataFrame, **parameters: Any) -> np.ndarray:
    return split_entities(entities, small_schema(split=parameters))["part"].to_numpy()


def units(entities: pd.DataFrame, group: str | None = None, **parameters: Any) -> pd.Series:
    return split_entities(entities, small_schema(group=group, split=parameters))["unit"]


def refusal(entities: pd.DataFrame, **parameters: Any) -> str:
    with pytest.raises(DataError) as error:
        parts(entities, **parameters)
    return str(error.value)


@given(st.integers(15, 300), shares, seeds)
@FEW
def test_a_random_split_partitions_the_rows_in_the_wanted_shares(n: int, share: tuple[float, float], seed: int) -> None:
    validation, test = share
    entities = table(n)
    how = {"method": "random", "validation": validation, "test": test, "seed": seed}
    split = split_entities(entities, small_schema(split=how))

    assert list(split.columns) == ["id", "part", "unit"]
    assert split["id"].tolist() == entities["id"].tolist()
    assert set(split["part"]) == set(PARTS)
    counts = split["part"].value_counts()
    assert abs(counts["test"] - n * test) <= 0.5 + 1e-9
    assert abs(counts["validation"] - n * validation) <= 1 + 1e-9


@given(st.integers(15, 100), seeds)
@FEW
def test_the_same_seed_gives_the_same_split(n: int, seed: int) -> None:
    entities = table(n, shop=np.arange(n) // 2)
    for method in ({"method": "random"}, {"method": "group", "column": "shop"}):
        assert (parts(entities, seed=seed, **method) == parts(entities, seed=seed, **method)).all()


@pytest.mark.parametrize("method", [{"method": "random"}, {"method": "group", "column": "shop"}])
def test_another_seed_gives_another_split(method: dict[str, Any]) -> None:
    entities = table(200, shop=np.arange(200))

    assert (parts(entities, seed=0, **method) != parts(entities, seed=1, **method)).any()


@given(st.lists(st.integers(0, 40), max_size=100), shares, seeds)
@FEW
def test_a_group_is_never_in_two_parts(more: list[int], share: tuple[float, float], seed: int) -> None:
    shops = [*range(12), *more]
    n_groups = len(set(shops))
    entities = table(len(shops), shop=[f"shop {i}" for i in shops])
    part = parts(entities, method="group", column="shop", validation=share[0], test=share[1], seed=seed)

    shop_and_part = pd.DataFrame({"shop": entities["shop"], "part": part}).drop_duplicates()
    assert shop_and_part["shop"].is_unique
    groups = shop_and_part["part"].value_counts()
    assert set(groups.index) == set(PARTS)
    assert abs(groups["test"] - n_groups * share[1]) <= 0.5 + 1e-9
    assert abs(groups["validation"] - n_groups * share[0]) <= 1 + 1e-9


@given(st.permutations(range(40)), seeds)
@FEW
def test_the_part_of_a_group_does_not_depend_on_the_order_of_rows(order: list[int], seed: int) -> None:
    entities = table(40, shop=[f"shop {i // 2}" for i in range(40)])
    sorted_part = parts(entities, method="group", column="shop", seed=seed)
    shuffled_part = parts(entities.iloc[order], method="group", column="shop", seed=seed)

    assert (shuffled_part == sorted_part[list(order)]).all()


def in_time_order(part: np.ndarray, time: np.ndarray) -> bool:
    train, validation, test = (time[part == name] for name in PARTS)
    return bool(train.max() < validation.min() and validation.max() < test.min())


@given(st.lists(st.integers(1, 2), min_size=35, max_size=60), shares, seeds)
@FEW
def test_a_time_split_is_in_order_and_keeps_ties_together(
    rows_per_day: list[int], share: tuple[float, float], seed: int
) -> None:
    days = np.random.default_rng(seed).permutation(np.repeat(np.arange(len(rows_per_day)), rows_per_day))
    part = parts(table(len(days), day=days), method="time", column="day", validation=share[0], test=share[1])

    assert in_time_order(part, days)
    assert np.mean(part == "test") <= share[1] + 0.5 / len(days)
    assert abs(np.mean(part == "test") - share[1]) <= 0.1


@pytest.mark.parametrize(
    "times",
    [
        pd.date_range("2024-01-01", periods=50, tz="UTC"),
        pd.date_range("2024-01-01", periods=50).strftime("%Y-%m-%d"),
        pd.date_range("2024-01-01", periods=50).date,
        np.linspace(-1, 1, 50),
    ],
    ids=["timestamps", "text", "dates", "numbers"],
)
def test_a_time_split_takes_any_times(times: Any) -> None:
    order = np.random.default_rng(0).permutation(50)
    part = parts(table(50, at=pd.Series(times)[order].to_numpy()), method="time", column="at")

    assert in_time_order(part, order)
    assert [int((part == name).sum()) for name in PARTS] == [35, 7, 8]


def test_a_time_split_has_no_use_for_the_seed() -> None:
    entities = table(50, day=range(50))

    assert (
        parts(entities, method="time", column="day", seed=0) == parts(entities, method="time", column="day", seed=1)
    ).all()


@pytest.mark.parametrize("dtype", ["str", "object", "category"])
def test_a_column_split_is_what_the_column_says(dtype: str) -> None:
    said = ["test", "train", "validation", "train"]

    part = parts(table(4, fold=pd.Series(said, dtype=dtype)), method="column", column="fold")

    assert part.tolist() == said


def test_a_column_split_refuses_other_values() -> None:
    assert refusal(table(4, fold=["train", "valid", "eval", "test"]), method="column", column="fold") == (
        "schema.split.column 'fold' must hold train, validation, test, got eval, valid; rename its values"
    )


@pytest.mark.parametrize(
    ("said", "told"),
    [
        pytest.param([0, 1, 2], "got 0, 1, 2;", id="numbers"),
        pytest.param([0, "x", "train"], "rename its values", id="mixed"),
    ],
)
def test_a_column_split_refuses_numbers_in_plain_words(said: list[Any], told: str) -> None:
    assert told in refusal(table(3, fold=said), method="column", column="fold")


@pytest.mark.parametrize("method", ["time", "group", "column"])
def test_a_missing_value_in_the_column_is_refused(method: str) -> None:
    assert refusal(table(4, fold=["train", None, "test", None]), method=method, column="fold") == (
        "schema.split.column 'fold' must not be missing, but is in 2 rows; fill it in"
    )


def test_a_column_that_is_not_there_is_refused() -> None:
    assert refusal(table(4, day=1), method="time", column="date") == (
        "schema.split.column must be a column of entities, got 'date'; use one of: id, day"
    )


@pytest.mark.parametrize(
    ("entities", "parameters", "part"),
    [
        (table(3), {"method": "random", "validation": 0.3, "test": 0.1}, "test"),
        (table(3), {"method": "random", "validation": 0.1, "test": 0.3}, "validation"),
        (table(3), {"method": "random", "validation": 0.5, "test": 0.45}, "train"),
        (table(9, shop=list("aaaaaaaab")), {"method": "group", "column": "shop"}, "test"),
        (table(9, day=0), {"method": "time", "column": "day"}, "validation"),
        (table(2, fold=["train", "validation"]), {"method": "column", "column": "fold"}, "test"),
        (table(2, fold=["test", "validation"]), {"method": "column", "column": "fold"}, "train"),
    ],
)
def test_an_empty_part_is_refused(entities: pd.DataFrame, parameters: dict[str, Any], part: str) -> None:
    assert refusal(entities, **parameters) == (
        f"every part of the split needs rows, but {part} has none of {len(entities)}; "
        "use more rows, or another schema.split: its method, or its shares for validation and test"
    )


# Units by which rows are resampled


def same_partition(one: pd.Series, other: Any) -> bool:
    pairs = pd.DataFrame({"one": one.to_numpy(), "other": np.asarray(other)}).drop_duplicates()
    return bool(pairs["one"].is_unique and pairs["other"].is_unique)


def test_without_a_group_each_row_is_a_unit() -> None:
    unit = units(table(30), method="random")
    assert unit.is_unique
    assert unit.dtype == np.int64
    assert units(table(3, fold=list(PARTS)), method="column", column="fold").is_unique


@pytest.mark.parametrize(
    "split",
    [
        {"method": "random"},
        {"method": "time", "column": "day"},
        {"method": "group", "column": "shop"},
        {"method": "column", "column": "fold"},
    ],
)
@pytest.mark.parametrize("dtype", [int, str, "category"])
def test_rows_of_a_group_are_one_unit_however_rows_are_split(split: dict[str, Any], dtype: Any) -> None:
    customer = pd.Series(np.arange(60) * 7 % 11).astype(dtype)
    entities = table(60, customer=customer, day=range(60), shop=np.arange(60) // 4, fold=list(PARTS) * 20)
    unit = units(entities, "customer", **split)
    assert unit.dtype == np.int64
    assert same_partition(unit, customer)


def test_a_split_by_group_has_its_groups_for_units() -> None:
    shop = np.arange(60) // 4
    assert same_partition(units(table(60, shop=shop), method="group", column="shop"), shop)


@given(st.lists(st.integers(1, 3), min_size=40, max_size=80), st.integers(2, 12), seeds)
@FEW
def test_units_of_a_split_by_time_are_blocks_of_one_part(rows_per_day: list[int], n_blocks: int, seed: int) -> None:
    days = np.random.default_rng(seed).permutation(np.repeat(np.arange(len(rows_per_day)), rows_per_day))
    how = {"method": "time", "column": "day", "time_blocks": n_blocks}
    split = split_entities(table(len(days), day=days), small_schema(split=how)).assign(day=days)

    for _, part in split.groupby("part"):
        blocks = part.groupby("unit")["day"].agg(["min", "max", "size"]).sort_values("min")
        # Consecutive, and no day is in two.
        assert (blocks["max"].to_numpy()[:-1] < blocks["min"].to_numpy()[1:]).all()
        assert len(blocks) <= n_blocks
        # Rows of up to three share a day, so a block may be that much longer or shorter.
        assert blocks["size"].max() <= len(part) / n_blocks + 3
    assert split.groupby("unit")["part"].nunique().max() == 1


def test_blocks_of_time_are_of_equal_size_and_as_many_as_asked_for() -> None:
    order = np.random.default_rng(0).permutation(400)
    split = {"method": "time", "column": "day", "test": 0.25, "validation": 0.25}
    sizes = units(table(400, day=order), **split).value_counts()
    assert sorted(sizes) == [5] * 40 + [10] * 20
    assert units(table(400, day=order), **split, time_blocks=5).nunique() == 15


def test_blocks_of_time_take_any_times() -> None:
    days = pd.date_range("2024-01-01", periods=100)
    by_number = units(table(100, day=range(100)), method="time", column="day")
    for column in (days, days.strftime("%Y-%m-%d"), days.date):
        assert same_partition(units(table(100, day=column), method="time", column="day"), by_number)


@pytest.mark.parametrize(
    ("unit", "target", "message"),
    [
        ([0, 1, 2, 2], [1, 2, 3, 4], "at least 2 units, so that scores have intervals, got 1; test more groups"),
        ([0, 1, 2, 3], [1, 2, 3, 3], "must have different targets, but all 2 have 3; test more rows"),
    ],
)
def test_test_rows_that_tell_no_score_are_refused(unit: list[int], target: list[int], message: str) -> None:
    split = pd.DataFrame({"id": range(4), "part": ["train", "validation", "test", "test"], "unit": unit})
    with pytest.raises(DataError, match=message):
        check_test_rows(pd.Series(target), split)


def test_test_rows_of_two_units_and_targets_are_enough() -> None:
    split = pd.DataFrame({"id": range(4), "part": ["train", "validation", "test", "test"], "unit": [0, 0, 1, 2]})
    check_test_rows(pd.Series([1, 1, 1, 2]), split)
