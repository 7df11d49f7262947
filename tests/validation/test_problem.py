import logging

import pandas as pd
import pytest

from sequence_learning.features.errors import DataError
from sequence_learning.parameters import FeatureParameters
from sequence_learning.pipelines.feature_preparation.nodes import split_rows
from sequence_learning.validation.problem import Problem, as_table, raise_errors
from tests.features.tables import small_entities, small_events, small_schema

WARNING = Problem("warning", "should vary", "events", "kind", "it is always u", 0, (), "remove it")
ERROR = Problem("error", "must be unique", "entities", "id", "", 1200, ("a", "b", "c", "d", "e"), "remove the rows")
SCHEMA = small_schema(split={"method": "column", "column": "fold"})
COLUMNS = ["severity", "rule", "table", "column", "found", "rows", "ids", "remedy"]


def test_a_problem_is_told_in_one_line() -> None:
    assert str(WARNING) == "events 'kind' should vary, but it is always u; remove it"
    assert str(ERROR) == (
        "entities 'id' must be unique, but 1,200 rows break it (ids a, b, c, d, e, …); remove the rows"
    )


def test_warnings_alone_raise_nothing() -> None:
    raise_errors([])
    raise_errors([WARNING, WARNING])


def test_one_error_is_a_rule() -> None:
    with pytest.raises(DataError) as error:
        raise_errors([WARNING, ERROR])
    assert str(error.value) == f"the tables break a rule:\n  {ERROR}\nBeside that, no error:\n  {WARNING}"
    with pytest.raises(DataError) as error:
        raise_errors([ERROR, ERROR])
    assert str(error.value) == f"the tables break 2 rules:\n  {ERROR}\n  {ERROR}"


def test_the_table_has_a_row_for_each_and_all_columns_without_any() -> None:
    table, empty = as_table([ERROR, WARNING]), as_table([])
    assert list(table) == list(empty) == COLUMNS
    pd.testing.assert_series_equal(table.dtypes, empty.dtypes)
    assert table.loc[0].tolist() == [
        "error", "must be unique", "entities", "id", "", 1200, "a, b, c, d, e", "remove the rows",
    ]  # fmt: skip
    assert table.loc[1, ["found", "rows", "ids"]].tolist() == ["it is always u", 0, ""]


def schema() -> object:
    return small_schema(split={"method": "column", "column": "fold"})


FOLD = ["train"] * 5 + ["validation"] + ["test"] * 2


def test_the_node_gives_the_warnings_and_logs_them_once(caplog: pytest.LogCaptureFixture) -> None:
    entities, events = small_entities(fold=FOLD, shop=list("xyxyxyzz")), small_events(kind="u")
    with caplog.at_level(logging.WARNING):
        split, problems = split_rows(entities, events, SCHEMA, FeatureParameters())
    assert split["part"].tolist() == FOLD
    assert problems[["severity", "table", "column", "rows", "ids"]].to_numpy().tolist() == [
        ["warning", "events", "kind", 0, ""],
        ["warning", "entities", "shop", 2, "g, h"],
    ]
    (record,) = caplog.records
    head, *lines = record.getMessage().splitlines()
    assert head == "The tables can be learned from, but"
    assert [line.split(" should")[0] for line in lines] == ["  events 'kind'", "  entities 'shop'"]


def test_the_node_logs_nothing_when_all_is_well(caplog: pytest.LogCaptureFixture) -> None:
    tables = small_entities(fold=FOLD, shop="x").assign(shop=list("xyxyxyxy")), small_events()
    with caplog.at_level(logging.WARNING):
        _, problems = split_rows(*tables, SCHEMA, FeatureParameters())
    assert problems.empty
    assert not caplog.records


def test_the_node_tells_warnings_of_the_tables_beneath_errors_of_the_split() -> None:
    entities = small_entities(fold=["train"] * 7 + ["test"])
    with pytest.raises(DataError) as error:
        split_rows(entities, small_events(kind="u"), SCHEMA, FeatureParameters())
    lines = str(error.value).splitlines()
    assert lines[0] == "the tables break 2 rules:"
    assert "2 or more for test" in lines[2]
    assert lines[4].startswith("  events 'kind' should vary")
