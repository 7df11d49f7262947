"""Every rule that needs no split, broken one at a time, and all at once."""

import datetime
import time
import uuid
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from sequence_learning.features.errors import DataError
from sequence_learning.validation.problem import raise_errors
from sequence_learning.validation.tables import validate_new_tables, validate_tables
from tests.features.tables import NAMES, small_entities, small_events, small_schema
from tests.validation.told import errors, problems, warnings

INF = float("inf")
DAYS = pd.date_range("2026-11-01", periods=12)


@pytest.mark.parametrize(
    ("target", "task"),
    [
        (np.arange(8.0), "regression"),
        (pd.array(range(8), dtype="Int64"), "regression"),
        ([Decimal(i) for i in range(8)], "regression"),
        (["no", "yes"] * 4, "binary"),
        ([True, False] * 4, "binary"),
        (list("abcdabcd"), "multiclass"),
        (pd.Categorical(list("abcdabcd")), "multiclass"),
        ([1, "1", 2, "x"] * 2, "multiclass"),
    ],
)
def test_good_tables_pass_unchanged(target: Any, task: str) -> None:
    entities, events = small_entities(y=target), small_events()
    before = entities.copy(), events.copy()

    assert problems(entities, events, task=task) == ()

    pd.testing.assert_frame_equal(entities, before[0])
    pd.testing.assert_frame_equal(events, before[1])


def test_the_index_of_a_table_means_nothing() -> None:
    entities = small_entities(y=[np.nan, *range(7)]).set_axis([0] * 8, axis=0)
    assert errors(entities, small_events().set_axis([0] * 12, axis=0)) == [
        "entities 'y' must not be missing, but 1 row breaks it (ids a); fill it in or drop these rows"
    ]


# Columns


@pytest.mark.parametrize("name", ["entities", "events"])
def test_an_empty_table_is_refused(name: str) -> None:
    tables = {"entities": small_entities(), "events": small_events()}
    tables[name] = tables[name].iloc[:0]

    assert f"{name} must have rows, but {name} has none; check where {name} is read from" in errors(**tables)


@pytest.mark.parametrize(
    ("role", "table"),
    [
        ("target", "entities"),
        ("order", "events"),
        ("group", "entities"),
        ("numeric", "entities"),
        ("categorical", "entities"),
        ("channels", "events"),
        ("categorical_channels", "events"),
    ],
)
def test_a_missing_column_is_refused(role: str, table: str) -> None:
    name = "absent" if role in {"target", "order", "group"} else ["absent_*"]
    told = errors(small_entities(), small_events(), **{role: name})

    shown = name if isinstance(name, str) else name[0]
    has = {"entities": "id, size, shop, y", "events": "id, step, price, kind"}[table]
    assert told == [
        (
            f"{table} {shown!r} must be in its table, but {table} has no column {shown!r}; "
            f"correct schema.{role} or the table, which has: {has}"
        )
    ]


def test_a_missing_id_or_time_or_column_of_the_split_is_told_for_each_table() -> None:
    split = {"method": "time", "column": "day"}
    told = errors(small_entities(), small_events(), id="key", time="at", prediction_time="asked", split=split)
    assert [line.split(" must")[0] for line in told] == [
        "entities 'key'",
        "entities 'asked'",
        "entities 'day'",
        "events 'key'",
        "events 'at'",
    ]
    assert "correct schema.split.column" in told[2]


def test_columns_of_one_name_are_refused_and_the_first_is_checked() -> None:
    entities = pd.concat([small_entities(size=INF), small_entities()[["size", "size"]]], axis=1)
    assert errors(entities, small_events()) == [
        "entities 'size' must name one column, but 3 have it; rename or drop the others",
        (
            "entities 'size' must be finite, and within ±1e+30, but 8 rows break it (ids a, b, c, d, e, …): "
            "such as inf; replace infinite values, or scale all"
        ),
    ]


def test_names_of_columns_must_be_text() -> None:
    entities = pd.concat([small_entities(), pd.DataFrame({0: range(8), ("a", "b"): 1})], axis=1)
    assert errors(entities, small_events(), numeric=["*size"]) == [
        "entities must have text for names of columns, but it has 0, ('a', 'b'); rename them"
    ]


@pytest.mark.parametrize(
    ("role", "table", "name", "is_the"),
    [
        ("numeric", "entities", "y", "the target"),
        ("categorical", "entities", "id", "the id"),
        ("categorical_channels", "events", "id", "the id"),
    ],
)
def test_the_id_and_the_target_are_no_features(role: str, table: str, name: str, is_the: str) -> None:
    assert any(
        line.startswith(f"{table} {name!r} must not be a feature, but it is {is_the}; remove it from schema.")
        for line in errors(small_entities(), small_events(), **{role: [name]})
    )


@pytest.mark.parametrize(
    "size",
    [
        [True, False] * 4,
        pd.array([True, None] * 4, dtype="boolean"),
        pd.array([1, None] * 4, dtype="Int64"),
        pd.array([1.5, None] * 4, dtype="Float64"),
        pd.Series([True, None] * 4, dtype=object),
        pd.Series([1, 2.5, None, 3] * 2, dtype=object),
        [Decimal("1.5"), None] * 4,
        pd.array([1, None] * 4, dtype="int64[pyarrow]"),
        pd.array([Decimal("1.5"), None] * 4, dtype=pd.ArrowDtype(pa.decimal128(5, 2))),
        pd.array([True, None] * 4, dtype="bool[pyarrow]"),
        pd.Categorical([1, 2] * 4),
        pd.arrays.SparseArray([0.0, 1.0] * 4),
    ],
    ids=str,
)
def test_numbers_may_be_stored_in_any_type(size: Any) -> None:
    assert problems(small_entities(size=size), small_events()) == ()


@pytest.mark.parametrize(
    ("values", "holds"),
    [
        (list("abcdefgh"), "text"),
        (list("12345678"), "text"),
        (pd.Categorical(list("abcdefgh")), "text"),
        (DAYS[:8], "time stamps"),
        (pd.to_timedelta(range(8)), "durations"),
        ([[1]] * 8, "list"),
        ([{"a": 1}, 1] * 4, "dict and int"),
        ([1, "a"] * 4, "int and str"),
        ([uuid.UUID(int=1)] * 8, "UUID"),
        ([b"a"] * 8, "bytes"),
        (np.arange(8) * 1j, "complex"),
        (pd.array([[1]] * 8, dtype=pd.ArrowDtype(pa.list_(pa.int64()))), "list<item: int64>[pyarrow]"),
    ],
)
def test_what_is_no_number_is_refused(values: Any, holds: str) -> None:
    assert errors(small_entities(size=values), small_events()) == [
        f"entities 'size' must hold numbers, but it holds {holds}; convert it, or list it as categorical"
    ]


def test_a_channel_must_be_a_number() -> None:
    assert errors(small_entities(), small_events(), channels=["kind"]) == [
        "events 'kind' must hold numbers, but it holds text; convert it, or list it as categorical"
    ]


@pytest.mark.parametrize("huge", [INF, -INF, 2e30, 10**400])
def test_numbers_must_be_finite(huge: float) -> None:
    price = pd.Series([0.0] * 9 + [huge, np.nan, -huge], dtype=object)
    (told,) = errors(small_entities(), small_events(price=price))
    assert told.startswith("events 'price' must be finite, and within ±1e+30, but 2 rows break it (ids d, f): such as ")


@pytest.mark.parametrize(
    "values", [[[1]] * 8, [(1, 2)] * 8, [{"a"}] * 8, [{"a": 1}, *"bcdefgh"], [np.array([1])] * 8], ids=str
)
@pytest.mark.parametrize("role", ["categorical", "group", "target"])
def test_lists_in_cells_are_refused(role: str, values: Any) -> None:
    options = {"categorical": ["new"], "group": "new", "target": "new"}
    task = {"task": "multiclass"} if role == "target" else {}
    (told,) = errors(small_entities(new=values), small_events(), **{role: options[role]}, **task)
    assert told.startswith("entities 'new' must hold single values, but it holds ")
    assert told.endswith("; give each its own column, or convert them to text")


def test_categories_may_be_anything_else() -> None:
    shop = [1, 2.0, "x", b"\xff", None, True, datetime.date(2026, 1, 1), uuid.UUID(int=1)]
    assert problems(small_entities(shop=shop), small_events()) == ()


# Ids


@pytest.mark.parametrize("ids", [[None, *"bcdefgh"], pd.array([None, *range(7)], dtype="Int64")])
def test_an_id_may_not_be_missing(ids: Any) -> None:
    told = errors(small_entities(id=ids), small_events(id=list(ids)[1:8] + list(ids)[1:6]))
    assert told[0].startswith("entities 'id' must not be missing, but 1 row breaks it")


def test_repeated_ids_are_refused() -> None:
    assert errors(small_entities(id=list("abbcddef")), small_events()) == [
        "entities 'id' must be unique, but 2 rows break it (ids b, d); remove the repeated rows"
    ]


DATES_AND_MOMENTS = [DAYS[0].date(), *DAYS[1:8].to_pydatetime()]


@pytest.mark.parametrize(
    ("ids", "holds"),
    [
        ([1, "a", *range(2, 8)], "int and str"),
        ([[i] for i in range(8)], "list"),
        (np.arange(8) * 1j, "complex"),
        (pd.Series([1.5, *range(7)], dtype=object), "numbers"),
        (pd.Series(DATES_AND_MOMENTS, dtype=object), "time stamps"),
    ],
    ids=str,
)
def test_ids_of_several_types_are_refused(ids: Any, holds: str) -> None:
    rule = f"entities 'id' must be numbers or text of one type, but it holds {holds}; "
    assert errors(small_entities(id=ids), small_events())[0].startswith(rule)


def test_events_without_an_entity_are_refused() -> None:
    assert errors(small_entities(), small_events(id=list("aaabbbcccdqr"))) == [
        (
            "events 'id' must be the id of an entity, but 2 rows break it (ids q, r); "
            "add the entities or drop these events (ids are str in entities, str in events)"
        )
    ]
    assert "but 3 rows break it (ids q);" in errors(small_entities(), small_events(id=list("aaabbbcccqqq")))[0]


@pytest.mark.parametrize(
    ("ids", "others", "told"),
    [
        (range(8), list("012345670123"), "it holds text and not numbers"),
        (list("01234567"), [*range(8), *range(4)], "it holds numbers and not text"),
        (DAYS[:8], [1] * 12, "it holds numbers and not time stamps"),
    ],
)
def test_ids_of_another_type_in_the_other_table_are_told(ids: Any, others: Any, told: str) -> None:
    assert errors(small_entities(id=ids), small_events(id=others)) == [
        (
            f"events 'id' must be of the type that it has in entities, but {told}; "
            "convert one of the two: 1 is not the text '1'"
        )
    ]


@pytest.mark.parametrize("dtype", ["int64", "float64", "Int64", "int32[pyarrow]", "object", "category"])
@pytest.mark.parametrize("other", ["int64", "float64", "Int64", "int32[pyarrow]", "object", "category"])
def test_ids_match_whatever_type_of_number_they_have(dtype: str, other: str) -> None:
    entities = small_entities(id=pd.Series(range(8)).astype(dtype))
    events = small_events(id=pd.Series([*range(8)] + [0] * 4).astype(other), step=range(12))
    assert problems(entities, events) == ()


@pytest.mark.parametrize(
    ("count", "shown"),
    [(2, "a, b"), (5, "a, b, c, d, e"), (6, "a, b, c, d, e, …"), (8, "a, b, c, d, e, …")],
)
def test_up_to_five_ids_are_shown(count: int, shown: str) -> None:
    target = [np.nan] * count + [1.0] * (8 - count)

    assert f"{count} rows break it (ids {shown})" in errors(small_entities(y=target), small_events())[0]


def test_a_line_stays_a_line() -> None:
    ids = ["a\nb", "x" * 90, *"cdefgh"]
    told = errors(small_entities(id=ids, y=[np.nan] * 2 + [1, 2] * 3), small_events(id=list("cccdddeeefgh")))
    assert told == [
        f"entities 'y' must not be missing, but 2 rows break it (ids a\\nb, {'x' * 40}…); fill it in or drop these rows"
    ]


# Order and times


@pytest.mark.parametrize("missing", [None, pd.NaT, np.nan])
def test_the_order_may_not_be_missing(missing: Any) -> None:
    step = pd.Series(DAYS).mask(lambda s: s.index == 9, missing)

    assert errors(small_entities(), small_events(step=step)) == [
        "events 'step' must not be missing, but 1 row breaks it (ids d); fill it in or drop these rows"
    ]


@pytest.mark.parametrize("role", ["order", "time"])
def test_text_that_is_no_time_is_refused(role: str) -> None:
    at = ["2026-11-01", "9/2/2026", "2026-11-03T01:00+02:00"] * 4
    roles = {"order": "at"} if role == "order" else {"time": "at"}
    told = errors(small_entities(), small_events(at=at), **roles)
    assert told[0] == (
        "events 'at' must be time stamps if it is text, but 4 rows break it (ids a, b, c, e): such as 9/2/2026; "
        "write them as 2026-11-23T08:11"
    )


MIXED_ZONES = [day.tz_localize("UTC") if i % 2 else day.to_pydatetime() for i, day in enumerate(DAYS)]


@pytest.mark.parametrize(
    "step",
    [
        DAYS,
        DAYS.tz_localize("Asia/Tokyo"),
        DAYS.date,
        DAYS.strftime("%Y-%m-%d"),
        pd.Series(MIXED_ZONES, dtype=object),
        pd.Series([datetime.date(2026, 1, 1), *MIXED_ZONES[1:]], dtype=object),
        pd.Categorical(DAYS.strftime("%Y-%m-%d")),
        pd.Series(DAYS).astype("timestamp[us][pyarrow]"),
        [Decimal(i) for i in range(12)],
        pd.to_timedelta(range(12)),
        pd.array(range(12), dtype="Int64"),
        pd.Categorical(list("abcdefghijkl"), ordered=True),
    ],
    ids=[*"abcdefghijkl"],
)
def test_events_may_be_ordered_by_anything_that_has_an_order(step: Any) -> None:
    assert problems(small_entities(), small_events(step=step)) == ()


@pytest.mark.parametrize(
    ("step", "holds"),
    [
        ([1, "a"] * 6, "int and str"),
        ([[1]] * 12, "list"),
        ([datetime.time(i) for i in range(12)], "time"),
        ([b"a"] * 12, "bytes"),
    ],
)
def test_what_has_no_order_is_refused(step: Any, holds: str) -> None:
    assert errors(small_entities(), small_events(step=step)) == [
        f"events 'step' must hold numbers or time stamps, but it holds {holds}; convert it"
    ]


def test_good_times_pass() -> None:
    assert problems(small_entities(asked=2), small_events(), time="step", prediction_time="asked") == ()
    zoned = small_events(at=pd.Series(MIXED_ZONES, dtype=object))
    assert problems(small_entities(asked="2026-12-24"), zoned, time="at", prediction_time="asked") == ()


@pytest.mark.parametrize(
    ("at", "asked", "told"),
    [
        (
            range(12),
            5,
            (
                "events 'at' must not lie after its entity's prediction time 'asked', but 6 rows break it "
                "(ids c, d, e, f); drop these events, which the model could not know, or correct the times"
            ),
        ),
        (
            [0, 2, 1, 5, 5, 5, 3, 2, 1, 0, 0, 0],
            99,
            (
                "events 'at' must not run against the order 'step', but 3 rows break it (ids a, c); "
                "correct one of the two columns, or let schema.order be the column of schema.time"
            ),
        ),
        (
            [*range(11), None],
            99,
            "events 'at' must not be missing, but 1 row breaks it (ids f); fill it in or drop these rows",
        ),
        (
            range(12),
            None,
            (
                "entities 'asked' must not be missing, but 8 rows break it (ids a, b, c, d, e, …); "
                "fill it in or drop these rows"
            ),
        ),
        (
            [*range(11), INF],
            99,
            (
                "events 'at' must be finite, and within ±1e+30, but 1 row breaks it (ids f): such as inf; "
                "replace infinite values, or scale all"
            ),
        ),
        (
            range(12),
            "2026-11-23",
            (
                "events 'at' must be of the kind of the prediction time 'asked', but it holds numbers "
                "and not time stamps; convert one of them"
            ),
        ),
        (
            [True] * 12,
            99,
            "events 'at' must hold numbers, time stamps or ISO 8601 text, but it holds booleans; convert it",
        ),
    ],
)
def test_bad_times_are_refused(at: Any, asked: Any, told: str) -> None:
    entities, events = small_entities(asked=asked), small_events(at=at)
    assert errors(entities, events, time="at", prediction_time="asked") == [told]


def test_times_are_checked_beside_rows_that_are_broken_otherwise_and_events_that_are_left_out() -> None:
    events = small_events(at=[*range(11), None], id=list("aaabbbcccdqf"))
    told = errors(small_entities(asked=1), events, time="at", prediction_time="asked", max_length=1)
    assert [line.split(";")[0].split(" must ")[1] for line in told] == [
        "not be missing, but 1 row breaks it (ids f)",
        "be the id of an entity, but 1 row breaks it (ids q)",
        "not lie after its entity's prediction time 'asked', but 8 rows break it (ids a, b, c, d)",
    ]


def test_tied_events_are_told() -> None:
    assert warnings(small_entities(), small_events(step=[0, 0, 1, 2, 1, 2, 0, 1, 2, 0, 0, 0])) == [
        (
            "events 'step' should differ between the events of an entity, but 4 rows break it (ids a, b); "
            "they keep the order of their rows: see that it is the right one, or name a finer column in schema.order"
        )
    ]


# Target


@pytest.mark.parametrize("task", ["regression", "binary", "multiclass"])
def test_the_target_may_not_be_missing(task: str) -> None:
    target = [1.0, np.nan, 2.0, 3.0, np.nan, 1.0, 1.0, 1.0] if task != "binary" else [1, None, 2, 1, None, 2, 2, 2]

    assert errors(small_entities(y=target), small_events(), task=task) == [
        "entities 'y' must not be missing, but 2 rows break it (ids b, e); fill it in or drop these rows"
    ]


@pytest.mark.parametrize(
    ("target", "task", "told"),
    [
        (NAMES, "regression", "must hold numbers, but it holds text;"),
        ([1, 2, INF, 3, 4, 5, 6, 7], "regression", "must be finite, and within ±1e+30, but 1 row breaks it (ids c)"),
        (2.5, "regression", "must vary, but it is always 2.5; choose another target"),
        (["a"] * 8, "binary", "must vary, but it is always a; choose another target"),
        (
            list("abcabcab"),
            "binary",
            "must have two values to be binary, but it has 3: a, b, c; correct the target, or",
        ),
        (
            [0, 1] * 4,
            "multiclass",
            "must have three values or more to be multiclass, but it has 2: 0, 1; set schema.task",
        ),
    ],
)
def test_a_target_of_another_kind_is_refused(target: Any, task: str, told: str) -> None:
    (line,) = errors(small_entities(y=target), small_events(), task=task)
    assert line.startswith(f"entities 'y' {told}")


# Features


def many(n: int = 40, **columns: Any) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    own = {"id": [f"e{i}" for i in range(n)], "size": rng.normal(size=n), "shop": rng.choice(list("xy"), n)}
    return pd.DataFrame(own | {"y": rng.normal(size=n)} | columns)


def of_many(n: int = 40) -> pd.DataFrame:
    return pd.DataFrame(
        {"id": [f"e{i}" for i in range(n)], "step": 0, "price": np.arange(n) % 7, "kind": ["u", "v"] * (n // 2)}
    )


def test_a_feature_on_a_line_with_the_target_is_refused() -> None:
    for size in (many()["y"], 3 - 2 * many()["y"], many()["y"].astype("float32")):
        assert errors(many(size=size), of_many()) == [
            (
                "entities 'size' must not equal the target 'y', but it does in all 40 rows; "
                "remove it from the features: it was made from the target, or the target from it"
            )
        ]


@pytest.mark.parametrize(
    ("column", "role"),
    [(["a", "b"], "categorical"), ([7, 5], "numeric"), ([None, 1.0], "numeric"), ([None, "c"], "categorical")],
)
def test_a_feature_that_renames_the_classes_is_refused(column: list[Any], role: str) -> None:
    y = np.random.default_rng(1).integers(0, 2, 40)
    entities = many(y=np.array(["no", "yes"])[y], leak=[column[i] for i in y])
    (told,) = errors(entities, of_many(), task="binary", **{role: ["leak"]})
    assert told.startswith("entities 'leak' must not equal the target 'y', but it does in all 40 rows")


def test_a_feature_that_nearly_equals_the_target_is_none() -> None:
    size = many()["y"].copy()
    size[0] += 0.01
    assert problems(many(size=size), of_many()) == ()
    assert problems(many(size=many()["y"] ** 3), of_many()) == ()
    assert problems(many(size=many()["y"].mask(lambda s: s.index == 3)), of_many()) == ()
    classes = np.array(["no", "yes"])[np.random.default_rng(1).integers(0, 2, 40)]
    other = classes.copy()
    other[0] = "yes" if other[0] == "no" else "no"
    assert problems(many(y=classes, shop=other), of_many(), task="binary") == ()


def test_few_rows_may_equal_the_target_by_chance() -> None:
    few = small_entities()
    assert problems(small_entities(size=few["y"]), small_events()) == ()
    rare = [1] * 4 + [0] * 36
    assert problems(many(y=rare, size=rare), of_many(), task="binary") == ()
    assert len(errors(many(y=[1, *rare[:-1]], size=[1, *rare[:-1]]), of_many(), task="binary")) == 1


@pytest.mark.parametrize("value", [3, "x", True])
def test_a_constant_column_is_told(value: Any) -> None:
    assert warnings(small_entities(shop=value), small_events(kind=value, price=1.5)) == [
        f"entities 'shop' should vary, but it is always {value}; remove it, as it tells nothing",
        "events 'price' should vary, but it is always 1.5; remove it, as it tells nothing",
        f"events 'kind' should vary, but it is always {value}; remove it, as it tells nothing",
    ]


def test_a_column_that_is_missing_everywhere_is_told() -> None:
    assert warnings(small_entities(size=None, shop=None), small_events(price=np.nan)) == [
        "entities 'size' should not be missing everywhere, but it is; remove it, or fill it in",
        "entities 'shop' should not be missing everywhere, but it is; remove it, or fill it in",
        "events 'price' should not be missing everywhere, but it is; remove it, or fill it in",
    ]


def test_a_value_that_is_missing_at_times_varies() -> None:
    assert problems(small_entities(size=[1.0, None] * 4), small_events()) == ()


# The column of the split


@pytest.mark.parametrize("method", ["time", "group", "column"])
def test_the_column_of_the_split_may_not_be_missing(method: str) -> None:
    fold = ["train", None, "test", "train", "validation", None, "train", "test"]
    day = pd.Series(range(8)).mask(lambda s: s.isin([1, 5]))
    entities = small_entities(fold=day if method == "time" else fold)
    assert errors(entities, small_events(), split={"method": method, "column": "fold"}) == [
        "entities 'fold' must not be missing, but 2 rows break it (ids b, f); fill it in or drop these rows"
    ]


@pytest.mark.parametrize(
    ("said", "told"), [(["train", "valid"] * 4, "valid"), ([0, 1] * 4, "0, 1"), ([0, "train"] * 4, "0")]
)
def test_a_column_split_refuses_other_values(said: list[Any], told: str) -> None:
    (line,) = errors(small_entities(fold=said), small_events(), split={"method": "column", "column": "fold"})
    assert line.startswith("entities 'fold' must say train, validation, test, but ")
    assert line.endswith(f": such as {told}; rename its values")


def test_a_time_split_needs_times() -> None:
    split = {"method": "time", "column": "day"}
    (line,) = errors(small_entities(day=["9/2/2026"] * 8), small_events(), split=split)
    assert "must be time stamps if it is text, but 8 rows" in line
    assert problems(small_entities(day=DAYS[:8].strftime("%Y-%m-%d")), small_events(), split=split) == ()


# All at once


def test_all_problems_are_told_at_once_a_line_each() -> None:
    entities = small_entities(id=list("abbcdefg"), size=[INF, *range(7)], y=[np.nan, *range(7)])
    events = small_events(step=[0, 0, *range(10)], kind="u", id=list("aaabbbcccdqr"))
    found = problems(entities, events, numeric=["size", "weight"])
    with pytest.raises(DataError) as error:
        raise_errors(found)
    lines = str(error.value).splitlines()
    assert lines[0] == "the tables break 5 rules:"
    assert lines[1:6] == [f"  {one}" for one in found if one.severity == "error"]
    assert lines[6] == "Beside that, no error:"
    assert lines[7:] == [f"  {one}" for one in found if one.severity == "warning"]
    assert {(one.table, one.column, one.severity) for one in found} == {
        ("entities", "weight", "error"),
        ("entities", "id", "error"),
        ("entities", "y", "error"),
        ("entities", "size", "error"),
        ("events", "id", "error"),
        ("events", "step", "warning"),
        ("events", "kind", "warning"),
    }


def test_one_missing_column_hides_nothing_else() -> None:
    told = errors(small_entities(size=INF), small_events(price="a"), order="absent", target="gone")
    assert [line.split(" must")[0] for line in told] == [
        "entities 'gone'",
        "entities 'size'",
        "events 'absent'",
        "events 'price'",
    ]


# New tables


def test_new_tables_need_neither_target_nor_group_nor_split() -> None:
    roles = small_schema(group="customer", split={"method": "time", "column": "day"})
    assert validate_new_tables(small_entities().drop(columns="y"), small_events(), roles) == ()


def test_a_chunk_of_one_entity_without_events_is_fine() -> None:
    entities, events = small_entities().drop(columns="y").iloc[6:7], small_events().iloc[:0]
    assert validate_new_tables(entities, events, small_schema(time="step")) == ()
    assert [str(one) for one in validate_new_tables(entities.iloc[:0], events, small_schema())] == [
        "entities must have rows, but entities has none; check where entities is read from"
    ]


def test_new_tables_keep_all_other_rules() -> None:
    entities = small_entities(asked=1, size="a").drop(columns=["y", "shop"])
    events = small_events(id=list("aaabbbcccdqq"), price=INF)
    found = validate_new_tables(entities, events, small_schema(time="step", prediction_time="asked"))
    assert {(one.severity, one.table, one.column, one.rows) for one in found} == {
        ("error", "entities", "shop", 0),
        ("error", "entities", "size", 0),
        ("error", "events", "price", 12),
        ("error", "events", "id", 2),
        ("error", "events", "step", 3),
    }


def test_many_rows_are_checked_quickly() -> None:
    n, steps = 20_000, 10
    rng = np.random.default_rng(0)
    entities = many(n)
    events = pd.DataFrame(
        {
            "id": np.repeat(entities["id"].to_numpy(), steps),
            "step": np.tile(np.arange(steps), n),
            "price": np.where(rng.random(n * steps) < 0.5, INF, 0),
            "kind": rng.choice(list("uv"), n * steps),
        }
    )
    started = time.process_time()
    (told,) = validate_tables(entities, events, small_schema(time="step"))
    assert told.rows == pytest.approx(n * steps / 2, rel=0.1)
    assert time.process_time() - started < 10
