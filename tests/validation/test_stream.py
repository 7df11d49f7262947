from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings

from sequence_learning.features.errors import DataError
from sequence_learning.parameters import FeatureParameters, StreamParameters
from sequence_learning.pipelines.feature_preparation.nodes import split_rows
from sequence_learning.validation.problem import SAMPLED, Problem
from sequence_learning.validation.stream import validate_stream
from sequence_learning.validation.tables import validate_tables
from tests.features.streams import small_chunks, streamed
from tests.features.tables import small_entities, small_events, small_schema
from tests.validation.broken_tables import Case, cases, schema_of

__all__ = ["small_chunks"]
STREAM = StreamParameters()


def told(entities: pd.DataFrame, events: pd.DataFrame, folder: Path, **schema: object) -> list[str]:
    return list(map(str, validate_stream(entities, streamed(events, folder), small_schema(**schema), STREAM)))


@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize(
    ("changes", "schema"),
    [
        ({}, {}),
        ({"price": [np.inf, *range(10), np.inf]}, {}),
        ({"price": 3.0}, {}),
        ({"price": np.nan}, {}),
        ({"price": [3.0] * 6 + [4.0] * 6}, {}),  # constant within each chunk
        ({"price": [3.0] * 6 + [np.nan] * 6}, {}),
        ({"price": list("abcdefghijkl")}, {}),
        ({"kind": "u"}, {}),
        ({"step": [0, 0, 1, 0, 1, 2, 0, 1, 1, 0, 0, 0]}, {}),
        ({"step": [0, None, 1, 0, 1, 2, 0, 1, 1, 0, 0, None]}, {}),
        ({"at": [1, 2, 1, 3, 4, 5, 6, 7, 6, 1, 2, 3]}, {"time": "at"}),
        ({"at": range(12)}, {"time": "at", "prediction_time": "size"}),
        ({}, {"channels": ["absent"]}),
        ({}, {"channels": ["id"]}),
    ],
)
def test_what_is_told_is_what_is_told_of_a_table(tmp_path: Path, changes: dict[str, object], schema: dict) -> None:
    entities, events = small_entities(size=np.arange(8.0)), small_events(**changes)
    expected = validate_tables(entities, events, small_schema(**schema))
    assert sorted(told(entities, events, tmp_path, **schema)) == sorted(map(str, expected))


def test_what_is_wrong_with_entities_is_told_beside_what_is_wrong_with_events(tmp_path: Path) -> None:
    entities, events = small_entities(y=[np.inf, *range(7)]), small_events(price=[np.inf, *range(11)])
    found = told(entities, events, tmp_path)
    assert len(found) == 2
    assert found[0].startswith("entities 'y' must be finite")
    assert found[1].startswith("events 'price' must be finite")


def test_an_empty_stream_is_refused(tmp_path: Path) -> None:
    assert any("events must have rows" in line for line in told(small_entities(), small_events().head(0), tmp_path))


def test_a_sample_is_told_of(tmp_path: Path) -> None:
    schema = small_schema(split={"method": "column", "column": "fold"})
    entities = small_entities(fold=["train", "validation", "test"] * 2 + ["train", "test"])
    features = FeatureParameters(stream=StreamParameters(sample_events=6))
    _, problems = split_rows(entities, streamed(small_events(), tmp_path), schema, features)
    (row,) = problems[problems["rule"] == SAMPLED].to_dict("records")
    assert row["severity"] == "warning"
    assert row["found"] == "there are 12, of which a sample of at most 6 was"
    assert "features.stream.sample_events" in row["remedy"]


@pytest.mark.usefixtures("small_chunks")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(case=cases())
def test_broken_tables_are_refused_or_told_as_tables_are(tmp_path_factory: pytest.TempPathFactory, case: Case) -> None:
    try:
        pa.Table.from_pandas(case.events, preserve_index=False)
        stream = streamed(case.events, tmp_path_factory.mktemp("events"))
    except (pa.ArrowException, ValueError, TypeError, KeyError, OverflowError):
        return  # no file holds such a table
    schema = schema_of(case)
    expected = validate_tables(case.entities, stream.to_table().to_pandas(), schema)
    try:
        found = validate_stream(case.entities, stream, schema, STREAM)
    except DataError:
        assert any(problem.severity == "error" for problem in expected)
        return
    assert facts(found) == facts(expected)


def facts(problems: tuple[Problem, ...]) -> set[tuple[str, str, str, int]]:
    return {(problem.table, problem.column, problem.rule, problem.rows) for problem in problems}
