"""One table with lists says what the two tables say."""

import json
from dataclasses import replace
from datetime import date, time
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sequence_learning.features.errors import DataError
from sequence_learning.inference import Bundle
from sequence_learning.inference.manifest import Inputs
from sequence_learning.serving.wide import event_columns, two_tables, wide_table
from tests.inference.made import LENGTHS, packed, raw_tables

ENTITIES, EVENTS = raw_tables()


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sequence_learning.exported_model.export_model", lambda model, spec: b"")
        return packed()[0]


def test_a_row_holds_the_events_of_its_entity(bundle: Bundle) -> None:
    wide = wide_table(bundle, ENTITIES, EVENTS)
    assert list(wide) == [*bundle.manifest.inputs.entities, "at", "amount", "shop"]
    assert [len(shops) for shops in wide["shop"]] == LENGTHS
    (row,) = np.flatnonzero(ENTITIES["customer"] == "c3")
    theirs = EVENTS[EVENTS["customer"] == "c3"]
    assert wide["shop"][row] == list(theirs["shop"])
    assert wide["at"][row] == [at.isoformat() for at in theirs["at"]]
    assert wide["asked"][row] == "2026-03-01T00:00:00"


@given(rows=st.lists(st.integers(0, len(LENGTHS) - 1), unique=True, min_size=1))
def test_predictions_from_one_table_are_those_from_two(bundle: Bundle, rows: list[int]) -> None:
    entities = ENTITIES.iloc[rows]
    events = EVENTS[EVENTS["customer"].isin(entities["customer"])]
    again = two_tables(bundle, wide_table(bundle, entities, events))
    pd.testing.assert_frame_equal(bundle.predict(*again), bundle.predict(entities, events))


def test_lists_may_be_arrays(bundle: Bundle) -> None:
    wide = wide_table(bundle, ENTITIES, EVENTS)
    expected = bundle.predict(ENTITIES, EVENTS)
    for name in event_columns(bundle):
        wide[name] = [np.array(values) for values in wide[name]]
    pd.testing.assert_frame_equal(bundle.predict(*two_tables(bundle, wide)), expected)


@pytest.mark.parametrize("missing", [None, np.nan, np.array(None, dtype=object)], ids=str)
def test_a_missing_list_is_not_taken_for_no_events(bundle: Bundle, missing: object) -> None:
    wide = wide_table(bundle, ENTITIES, EVENTS)
    wide["amount"] = pd.Series([missing] * len(wide), dtype=object)
    with pytest.raises(DataError, match=r"each value of 'amount' must be the list .*; write \[\] for no events"):
        two_tables(bundle, wide)


def test_a_column_that_both_tables_have_is_told_apart(bundle: Bundle) -> None:
    inputs = Inputs(
        entities={"customer": "str", "shop": "str"}, events={"customer": "str", "at": "int64", "shop": "str"}
    )
    both = replace(bundle, manifest=bundle.manifest.model_copy(update={"inputs": inputs}))
    assert event_columns(both) == {"events.shop": "shop", "at": "at"}
    entities = pd.DataFrame({"customer": ["a", "b"], "shop": ["x", "y"]})
    events = pd.DataFrame({"customer": ["b", "b"], "shop": ["u", "v"], "at": [1, 2]})
    again = two_tables(both, wide_table(both, entities, events))
    pd.testing.assert_frame_equal(again[0], entities)
    pd.testing.assert_frame_equal(again[1], events, check_like=True)


@pytest.mark.parametrize("dtype", [object, pd.ArrowDtype(pa.date32()), "category"])
def test_dates_are_iso_text(bundle: Bundle, dtype: Any) -> None:
    entities = ENTITIES.assign(asked=pd.Series([date(2026, 3, 1)] * len(ENTITIES)).astype(dtype))
    wide = wide_table(bundle, entities, EVENTS)
    assert set(wide["asked"]) == {"2026-03-01"}
    pd.testing.assert_frame_equal(bundle.predict(*two_tables(bundle, wide)), bundle.predict(ENTITIES, EVENTS))


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([date(2026, 3, 1), None], ["2026-03-01", None]),
        (pd.to_timedelta([90, None], unit="min"), ["0 days 01:30:00", None]),
        (pd.to_datetime(["2026-03-01 08:11", None]), ["2026-03-01 08:11:00", None]),
        ([time(8, 11), None], ["08:11:00", None]),
        ([3, None], [3.0, None]),
    ],
    ids=str,
)
def test_categories_are_what_the_model_knows_them_by(bundle: Bundle, values: Any, said: list[Any]) -> None:
    entities = ENTITIES[:2].assign(country=values)
    body = wide_table(bundle, entities, EVENTS[EVENTS["customer"].isin(entities["customer"])]).to_json(orient="records")
    assert [row["country"] for row in json.loads(body)] == said


@pytest.mark.parametrize("what", ["durations", "ordered categories"])
def test_whatever_orders_events_is_numbers(monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    monkeypatch.setattr("sequence_learning.exported_model.export_model", lambda model, spec: b"")
    entities, events = raw_tables()
    bundle = packed(timed=False)[0]
    since = events["at"] - events["at"].min()
    days = since.dt.days.map("day {}".format)
    ranked = pd.Categorical(days, [f"day {day}" for day in range(80)], ordered=True)
    events["at"] = since if what == "durations" else ranked
    body = wide_table(bundle, entities, events).to_json(orient="records")
    again = two_tables(bundle, pd.DataFrame(json.loads(body)))
    pd.testing.assert_frame_equal(bundle.predict(*again), bundle.predict(entities, events))


def test_what_is_wrong_is_said(bundle: Bundle) -> None:
    wide = wide_table(bundle, ENTITIES, EVENTS).set_index("customer", drop=False)
    uneven = wide.copy()
    uneven.at["c3", "shop"] = [1]  # noqa: PD008
    for table, said in (
        (wide.drop(columns=["age", "shop"]), "must be there, but age, shop is not; add it"),
        (uneven, "for customer c3 at has 3 and shop 1; give each event a value"),
        (wide.assign(amount=5.0), "'amount' must be the list of a row's events, got 5.0; write []"),
    ):
        with pytest.raises(DataError) as error:
            two_tables(bundle, table)
        assert said in str(error.value)
