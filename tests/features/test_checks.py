"""Every rule for the two tables, broken one at a time."""

from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest

from sequence_learning.features.checks import check_tables
from sequence_learning.features.errors import DataError
from tests.features.tables import NAMES, small_entities, small_events, small_schema

INF = float("inf")


def refusal(entities: pd.DataFrame, events: pd.DataFrame, **schema: Any) -> str:
    with pytest.raises(DataError) as error:
        check_tables(entities, events, small_schema(**schema))
    return str(error.value)


@pytest.mark.parametrize(
    ("target", "task"),
    [
        (np.arange(8.0), "regression"),
        (pd.array(range(8), dtype="Int64"), "regression"),
        (["no", "yes"] * 4, "binary"),
        ([True, False] * 4, "binary"),
        (list("abcdabcd"), "multiclass"),
    ],
)
def test_good_tables_pass_unchanged(target: Any, task: str) -> None:
    entities, events = small_entities(y=target), small_events()
    before = entities.copy(), events.copy()

    check_tables(entities, events, small_schema(task=task))

    pd.testing.assert_frame_equal(entities, before[0])
    pd.testing.assert_frame_equal(events, before[1])


@pytest.mark.parametrize(
    "size",
    [
        [True, False] * 4,
        pd.array([True, None] * 4, dtype="boolean"),
        pd.array([1, None] * 4, dtype="Int64"),
        pd.array([1.5, None] * 4, dtype="Float64"),
    ],
    ids=["bool", "nullable bool", "nullable int", "nullable float"],
)
def test_numeric_columns_may_be_boolean_or_nullable(size: Any) -> None:
    check_tables(small_entities(size=size), small_events(), small_schema())
    check_tables(small_entities(size=pd.Series(size, dtype=object)), small_events(), small_schema())


def test_objects_that_are_no_numbers_are_refused() -> None:
    for size in (["1"] * 8, [Decimal(1)] * 8, [1.0, "2"] * 4):
        assert "'size' holds object" in refusal(small_entities(size=pd.Series(size, dtype=object)), small_events())


@pytest.mark.parametrize("name", ["entities", "events"])
def test_an_empty_table_is_refused(name: str) -> None:
    tables = {"entities": small_entities(), "events": small_events()}
    tables[name] = tables[name].iloc[:0]

    assert refusal(**tables) == f"a table must have rows, but {name} has none; check where {name} is read from"


@pytest.mark.parametrize("role", ["id", "target", "order", "group"])
def test_a_missing_column_is_refused(role: str) -> None:
    message = refusal(small_entities(), small_events(), **{role: "absent"})

    assert message.startswith("every column of the schema must be in its table, but ")
    assert f"has no column 'absent'; correct schema.{role}" in message


@pytest.mark.parametrize("role", ["numeric", "categorical", "channels", "categorical_channels"])
def test_a_pattern_that_matches_nothing_is_refused(role: str) -> None:
    assert f"has no column 'absent_*'; correct schema.{role}" in refusal(
        small_entities(), small_events(), **{role: ["absent_*"]}
    )


def test_a_group_may_be_any_column_and_a_feature_too() -> None:
    check_tables(small_entities(shop=list("xyxyxyxy")), small_events(), small_schema(group="shop"))


def test_a_group_may_not_be_missing() -> None:
    assert refusal(small_entities(), small_events(), group="shop") == (
        "group column 'shop' must not be missing, but 1 rows break it (ids d); fill it in or drop these rows"
    )


@pytest.mark.parametrize(("role", "name"), [("numeric", "y"), ("categorical", "id")])
def test_the_id_and_the_target_are_no_features(role: str, name: str) -> None:
    assert refusal(small_entities(), small_events(), **{role: [name]}) == (
        f"the id and the target may not be features, got ['{name}']; "
        "remove them from schema.numeric and schema.categorical"
    )


def test_repeated_ids_are_refused() -> None:
    assert refusal(small_entities(id=list("abbcddef")), small_events()) == (
        "ids in entities must be unique, but 2 rows break it (ids b, d); remove the repeated rows"
    )


def test_events_without_an_entity_are_refused() -> None:
    assert refusal(small_entities(), small_events(id=list("aaabbbcccdqr"))) == (
        "every event must belong to an entity, but 2 rows break it (ids q, r); add the entities or drop the events "
        "(ids are str in entities and str in events)"
    )


def test_ids_of_another_type_belong_to_no_entity() -> None:
    entities, events = small_entities(id=range(8)), small_events(id=list("012345670123"))

    assert "every event must belong to an entity" in refusal(entities, events)


def test_events_without_an_entity_are_counted_in_rows() -> None:
    message = refusal(small_entities(), small_events(id=list("aaabbbcccqqq")))

    assert "but 3 rows break it (ids q)" in message


@pytest.mark.parametrize(
    ("count", "shown"),
    [(1, "a"), (5, "a, b, c, d, e"), (6, "a, b, c, d, e, …"), (8, "a, b, c, d, e, …")],
)
def test_up_to_five_ids_are_shown(count: int, shown: str) -> None:
    target = [np.nan] * count + [1.0] * (8 - count)

    assert f"{count} rows break it (ids {shown})" in refusal(small_entities(y=target), small_events())


@pytest.mark.parametrize(
    ("values", "dtype"),
    [(list("abcdefgh"), "str"), (pd.date_range("2020", periods=8, unit="us"), "datetime64[us]")],
)
def test_a_tabular_number_must_be_a_number(values: Any, dtype: str) -> None:
    assert refusal(small_entities(size=values), small_events()) == (
        f"columns of schema.numeric must be numbers, but 'size' holds {dtype}; convert it, or list it as categorical"
    )


def test_a_channel_must_be_a_number() -> None:
    assert refusal(small_entities(), small_events(), channels=["kind"]) == (
        "columns of schema.channels must be numbers, but 'kind' holds str; convert it, or list it as categorical"
    )


def test_a_tabular_number_must_be_finite() -> None:
    size = [1.0, INF, np.nan, -INF, 2.0, 3.0, 4.0, 5.0]

    assert refusal(small_entities(size=size), small_events()) == (
        "'size' must be finite or missing, but 2 rows break it (ids b, d); replace infinite values"
    )


def test_a_channel_must_be_finite() -> None:
    price = [0.0] * 9 + [INF, np.nan, -INF]

    assert refusal(small_entities(), small_events(price=price)) == (
        "'price' must be finite or missing, but 2 rows break it (ids d, f); replace infinite values"
    )


@pytest.mark.parametrize("missing", [None, pd.NaT, np.nan])
def test_the_order_may_not_be_missing(missing: Any) -> None:
    step = pd.Series(pd.date_range("2020", periods=12)).mask(lambda s: s.index == 9, missing)

    assert refusal(small_entities(), small_events(step=step)) == (
        "order column 'step' must not be missing, but 1 rows break it (ids d); fill or drop"
    )


def test_good_times_pass() -> None:
    roles = small_schema(time="step", prediction_time="asked")
    check_tables(small_entities(asked=2), small_events(), roles)


@pytest.mark.parametrize(
    ("at", "asked", "told"),
    [
        (range(12), 5, "every event must lie before its entity's prediction time 'asked'"),
        (range(12, 0, -1), 99, "time 'at' must not run against order 'step'"),
        ([*range(11), None], 99, "time column 'at' must not be missing"),
        (range(12), None, "prediction_time column 'asked' must not be missing"),
        ([*range(11), INF], 99, "time column 'at' must be finite"),
        (range(12), "2026-11-23", "time and prediction_time must both be numbers or both be time stamps"),
    ],
)
def test_bad_times_are_refused(at: Any, asked: Any, told: str) -> None:
    message = refusal(small_entities(asked=asked), small_events(at=at), time="at", prediction_time="asked")

    assert message.startswith(told)


@pytest.mark.parametrize("task", ["regression", "binary", "multiclass"])
def test_the_target_may_not_be_missing(task: str) -> None:
    target = [1.0, np.nan, 2.0, 3.0, np.nan, 1.0, 1.0, 1.0]

    assert refusal(small_entities(y=target), small_events(), task=task) == (
        "target 'y' must not be missing, but 2 rows break it (ids b, e); drop these rows or fill them in"
    )


def test_a_regression_target_must_be_a_number() -> None:
    assert refusal(small_entities(y=NAMES), small_events()) == (
        "a regression target must be numeric, but 'y' holds str; convert it, or set schema.task to binary or multiclass"
    )


def test_a_regression_target_must_be_finite() -> None:
    assert refusal(small_entities(y=[1.0, 2.0, INF, 3.0, 4.0, 5.0, 6.0, 7.0]), small_events()) == (
        "the target must be finite, but 1 rows break it (ids c); replace infinite values"
    )


def test_a_regression_target_must_vary() -> None:
    message = refusal(small_entities(y=2.5), small_events())

    assert message.startswith("a target must vary, but 'y' is always ")
    assert "2.5" in message
    assert message.endswith("; choose another")


def test_a_constant_target_is_told_as_a_plain_number() -> None:
    assert "is always 2.5;" in refusal(small_entities(y=2.5), small_events())


@pytest.mark.parametrize(("target", "n"), [(list("abcabcab"), 3), (["a"] * 8, 1)])
def test_a_binary_target_must_have_two_values(target: list[str], n: int) -> None:
    assert refusal(small_entities(y=target), small_events(), task="binary") == (
        f"a binary target must have two values, but 'y' has {n}; correct schema.task or target"
    )


def test_a_multiclass_target_must_have_three_values() -> None:
    assert refusal(small_entities(y=[0, 1] * 4), small_events(), task="multiclass") == (
        "a multiclass target must have three values or more, but 'y' has 2; set schema.task to binary"
    )


def test_an_id_may_not_be_missing() -> None:
    assert "id" in refusal(small_entities(id=[*"abcdefg", None]), small_events())
