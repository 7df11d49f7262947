"""Who trains, who validates, who is tested."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sequence_learning.features.split import PARTS, split_entities
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


def test_groups_of_whole_numbers_stay_together_where_a_table_holds_them_as_floats() -> None:
    shops = np.arange(60) // 3
    whole = parts(table(60, shop=shops), method="group", column="shop")
    assert (parts(table(60, shop=shops.astype(float)), method="group", column="shop") == whole).all()


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
