"""Rules that need the split."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.features.tables import small_entities, small_events
from tests.validation.told import problems_of_split

PARTS = ["train"] * 4 + ["validation"] * 2 + ["test"] * 2
MORE = "use more rows, or another schema.split: its method, or its shares for validation and test"


def told(entities: pd.DataFrame, events: pd.DataFrame, part: list[str] | None = PARTS, **schema: Any) -> list[str]:
    return [f"{one.severity}: {one}" for one in problems_of_split(entities, events, part, **schema)]


def test_a_good_split_has_no_problems() -> None:
    shop, kind = ["x", "y"] * 4, list("uvvuvuvvuvuv")
    assert told(small_entities(shop=shop), small_events(kind=kind)) == []
    assert told(small_entities(shop=shop), small_events(kind=kind), None, split={"method": "random", "test": 0.3}) == []


@pytest.mark.parametrize(
    ("entities", "split", "part", "least", "n"),
    [
        (small_entities()[:3], {"method": "random", "validation": 0.3, "test": 0.1}, "test", 2, 0),
        (small_entities()[:3], {"method": "random", "validation": 0.1, "test": 0.3}, "validation", 1, 0),
        (small_entities()[:4], {"method": "random", "validation": 0.3, "test": 0.5}, "train", 2, 1),
        (small_entities(), {"method": "random", "validation": 0.2, "test": 0.1}, "test", 2, 1),
        (small_entities(shop=list("aaaaaaab")), {"method": "group", "column": "shop"}, "test", 2, 0),
        (small_entities(day=0), {"method": "time", "column": "day"}, "validation", 1, 0),
        (small_entities(day=["train"] * 6 + ["test"] * 2), {"method": "column", "column": "day"}, "validation", 1, 0),
    ],
)
def test_a_part_of_too_few_rows_is_refused(entities: pd.DataFrame, split: Any, part: str, least: int, n: int) -> None:
    events = small_events()[small_events()["id"].isin(entities["id"])]
    rule = f"must have rows for all parts of the split, {least} or more for {part}"
    assert f"error: entities {rule}, but {n} of {len(entities)} are for {part}; {MORE}" in told(
        entities, events, None, split=split
    )


@pytest.mark.parametrize(
    ("y", "line"),
    [
        (
            [1, 2, 3, 4, 5, 6, 7, 7],
            "must differ between test rows, so that there is something to score, but it is 7 in all 2",
        ),
        (
            [2, 2, 2, 2, 5, 6, 7, 8],
            "must differ between train rows, so that there is something to learn, but it is 2 in all 4",
        ),
    ],
)
def test_targets_of_training_and_test_rows_must_differ(y: list[int], line: str) -> None:
    assert told(small_entities(y=y, shop="x"), small_events(kind="u")) == [f"error: entities 'y' {line}; {MORE}"]


def test_every_class_must_be_in_training_rows() -> None:
    entities = small_entities(y=list("ababcbdc"), shop="x")
    assert told(entities, small_events(kind="u"), task="multiclass") == [
        (
            "error: entities 'y' must have every class in training rows, but 3 rows break it (ids e, g, h): "
            "they lack c, d; merge or drop rare classes, or use another schema.split"
        )
    ]


def test_test_rows_must_be_of_two_groups() -> None:
    entities = small_entities(shop=list("aabbccdd"), customer=list("aabbccdd"))
    (line, *rest) = told(entities, small_events(kind="u"), categorical=["size"], group="customer")
    assert line == (
        "error: entities 'customer' must have test rows of 2 groups or more, so that scores have intervals, "
        "but all are of 1; test more groups or rows (schema.split.test), or unset schema.group"
    )
    assert not any("customer" in other for other in rest)


def test_a_group_in_two_parts_is_told() -> None:
    entities = small_entities(shop="x", customer=list("aabbcadd"))
    assert told(entities, small_events(kind="u"), group="customer") == [
        line
        for line in told(entities, small_events(kind="u"), group="customer")
        if "must have test rows of 2 groups" in line
    ]
    entities = small_entities(shop="x", customer=list("aabbccad"))
    assert told(entities, small_events(kind="u"), group="customer") == [
        (
            "warning: entities 'customer' should have no group in test rows that is in other parts too, "
            "but 1 row breaks it (ids g): 1 of 2 groups are; "
            "the score is that of groups which are known already; schema.split.method group keeps them together"
        )
    ]


def test_a_split_by_group_has_no_group_in_two_parts() -> None:
    entities = pd.concat([small_entities(id=[f"{i}{j}" for j in range(8)], shop="x", customer=i) for i in range(12)])
    events = small_events(id="00", kind="u", step=range(12))
    split = {"method": "group", "column": "customer"}
    assert not [line for line in told(entities, events, None, group="customer", split=split) if "group" in line]
    assert [line for line in told(entities, events, None, group="customer") if "group" in line]


def test_categories_that_training_rows_lack_are_told_with_their_number() -> None:
    events = small_events(kind=["u", "v", None, "u", "v", "u", "u", "v", "u", "u", "w", "x"])
    assert told(small_entities(shop=["x", "y", "x", None, "z", None, "y", "q"]), events) == [
        (
            "warning: entities 'shop' should have categories that training rows have, but 2 rows break it (ids e, h): "
            "there are others, such as z, q; they are all one unknown category to a model; "
            "merge rare ones, or train on more rows"
        ),
        (
            "warning: events 'kind' should have categories that training rows have, but 2 rows break it (ids e, f): "
            "there are others, such as w, x; they are all one unknown category to a model; "
            "merge rare ones, or train on more rows"
        ),
    ]


def test_a_whole_number_is_one_category_however_it_is_stored() -> None:
    shop = pd.Series([1, 2, 1, 2, 1.0, 2.0, np.int64(1), "2"], dtype=object)
    assert told(small_entities(shop=shop), small_events(kind="u")) == []


def test_training_rows_without_events_are_told() -> None:
    assert told(small_entities(shop="x"), small_events(id=list("eeeeeefffghh"), kind=None)) == [
        (
            "warning: events should have events of training rows, but there are none; "
            "without, nothing is learned of events; use another split"
        )
    ]
