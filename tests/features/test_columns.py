"""Names and patterns of the schema become columns of the tables."""

import re
from typing import Any

import pandas as pd
import pytest

from sequence_learning.features.columns import resolve_columns
from sequence_learning.features.errors import DataError
from tests.features.tables import small_entities, small_events, small_schema


def test_plain_names_stay_as_they_are() -> None:
    columns = resolve_columns(small_schema(), small_entities(), small_events())

    assert (columns.numeric, columns.categorical) == (("size",), ("shop",))
    assert (columns.channels, columns.categorical_channels) == (("price",), ("kind",))


def test_patterns_give_the_order_of_the_schema_then_of_the_table_without_repetition() -> None:
    entities = small_entities(n_b=1.0, n_a=2.0, m=3.0)

    columns = resolve_columns(small_schema(numeric=["m", "n_a", "n_*", "m"]), entities, small_events())

    assert columns.numeric == ("m", "n_a", "n_b")


def test_patterns_mind_the_case() -> None:
    with pytest.raises(DataError, match=re.escape("has no column 'SIZE'")):
        resolve_columns(small_schema(numeric=["SIZE"]), small_entities(), small_events())


ENTITIES_HAVE = "which has: id, size, shop, y"
EVENTS_HAVE = "which has: id, step, price, kind"


@pytest.mark.parametrize(
    ("changes", "table", "name", "role", "has"),
    [
        ({"target": "z"}, "entities", "z", "target", ENTITIES_HAVE),
        ({"numeric": ["size", "weight"]}, "entities", "weight", "numeric", ENTITIES_HAVE),
        ({"numeric": ["num_*"]}, "entities", "num_*", "numeric", ENTITIES_HAVE),
        ({"categorical": ["price"]}, "entities", "price", "categorical", ENTITIES_HAVE),
        ({"order": "time"}, "events", "time", "order", EVENTS_HAVE),
        ({"time": "at"}, "events", "at", "time", EVENTS_HAVE),
        ({"time": "step", "prediction_time": "step"}, "entities", "step", "prediction_time", ENTITIES_HAVE),
        ({"channels": ["channel_*"]}, "events", "channel_*", "channels", EVENTS_HAVE),
        ({"categorical_channels": ["shop"]}, "events", "shop", "categorical_channels", EVENTS_HAVE),
    ],
)
def test_a_column_that_is_not_there_is_refused(
    changes: dict[str, Any], table: str, name: str, role: str, has: str
) -> None:
    with pytest.raises(DataError) as error:
        resolve_columns(small_schema(**changes), small_entities(), small_events())

    assert str(error.value) == (
        f"every column of the schema must be in its table, but {table} has no column {name!r}; "
        f"correct schema.{role} or the table, {has}"
    )


@pytest.mark.parametrize("table", ["entities", "events"])
def test_the_id_is_needed_in_both_tables(table: str) -> None:
    tables = {"entities": small_entities(), "events": small_events()}
    tables[table] = tables[table].rename(columns={"id": "key"})

    with pytest.raises(DataError, match=f"but {table} has no column 'id'; correct schema.id or the table, which has"):
        resolve_columns(small_schema(), tables["entities"], tables["events"])


@pytest.mark.parametrize(
    ("changes", "leaked"),
    [
        ({"numeric": ["size", "y"]}, "y"),
        ({"categorical": ["id"]}, "id"),
        ({"numeric": ["*"]}, "id"),
    ],
)
def test_neither_the_id_nor_the_target_may_be_a_feature(changes: dict[str, Any], leaked: str) -> None:
    with pytest.raises(DataError) as error:
        resolve_columns(small_schema(**changes), small_entities(), small_events())

    assert str(error.value) == (
        f"the id and the target may not be features, got {leaked!r}; "
        "remove it from schema.numeric and schema.categorical"
    )


@pytest.mark.parametrize("role", ["channels", "categorical_channels"])
def test_the_id_may_not_be_a_channel(role: str) -> None:
    with pytest.raises(DataError, match=r"got 'id'; remove it from schema\.channels and schema\.categorical_channels"):
        resolve_columns(small_schema(**{role: ["*"]}), small_entities(), small_events())


def test_a_column_whose_name_looks_like_a_pattern_matches_itself() -> None:
    entities = small_entities().rename(columns={"size": "speed[km/h]"})

    columns = resolve_columns(small_schema(numeric=["speed[km/h]"]), entities, small_events())

    assert columns.numeric == ("speed[km/h]",)


def test_a_table_with_numbered_columns_is_answered_in_words() -> None:
    entities = pd.concat([small_entities(), pd.DataFrame({0: range(8)})], axis=1)

    with pytest.raises(DataError, match="has no column 'weight'"):
        resolve_columns(small_schema(numeric=["weight"]), entities, small_events())


def test_columns_without_text_for_a_name_match_no_pattern() -> None:
    entities = pd.concat([small_entities(), pd.DataFrame({0: range(8)})], axis=1)

    assert resolve_columns(
        small_schema(numeric=["[!iys]*"], categorical=["shop"]), entities.assign(m=1), small_events()
    ).numeric == ("m",)


def test_of_many_columns_twenty_are_listed() -> None:
    entities = small_entities(**{f"n{i}": 0 for i in range(40)})

    with pytest.raises(DataError, match=r"which has: id, size, shop, y, n0, .*, n15, …$"):
        resolve_columns(small_schema(target="z"), entities, small_events())
