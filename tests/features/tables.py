"""Small tables that keep every rule, for tests to break one at a time."""

from typing import Any

import numpy as np
import pandas as pd

from sequence_learning.parameters import SchemaParameters

NAMES = np.array(["a", "b", "c", "d", "e", "f", "g", "h"])


def small_schema(**changes: Any) -> SchemaParameters:
    roles = {
        "id": "id", "target": "y", "task": "regression", "numeric": ["size"], "categorical": ["shop"],
        "order": "step", "channels": ["price"], "categorical_channels": ["kind"],
    }  # fmt: skip
    return SchemaParameters.model_validate(roles | changes)


def small_entities(**changes: Any) -> pd.DataFrame:
    """Eight entities, ``a`` to ``h``."""
    columns = {
        "id": NAMES,
        "size": [1.0, 2.0, np.nan, 4.0, 5.0, 6.0, 7.0, 8.0],
        "shop": ["x", "y", "x", None, "z", "x", "y", "x"],
        "y": [1.0, 3.0, 5.0, 7.0, 9.0, 11.0, 13.0, 15.0],
    }
    return pd.DataFrame(columns | changes)


def small_events(**changes: Any) -> pd.DataFrame:
    """Twelve events: three of ``a``, ``b`` and ``c``, one of ``d``, ``e`` and ``f``, none of ``g`` and ``h``."""
    columns = {
        "id": list("aaabbbcccdef"),
        "step": [0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 0, 0],
        "price": np.arange(12.0),
        "kind": list("uvuvuvuvuvuv"),
    }
    return pd.DataFrame(columns | changes)


DAYS = pd.date_range("2026-11-01", periods=12, freq="D")
#: The same twelve days in every type that a column of times may have.
STAMPS = {
    "naive": pd.Series(DAYS),
    "zoned": pd.Series(DAYS.tz_localize("UTC").tz_convert("Asia/Tokyo")),
    "nanoseconds": pd.Series(DAYS).astype("datetime64[ns]"),
    "seconds": pd.Series(DAYS).astype("datetime64[s]"),
    "dates": pd.Series(DAYS.date),
    "python": pd.Series(list(DAYS.to_pydatetime()), dtype=object),
    "mixed zones": pd.Series([t.tz_localize("UTC") if t.day % 2 else t for t in DAYS], dtype=object),
    "text": pd.Series(DAYS.strftime("%Y-%m-%d")),
    "text of zones": pd.Series(["2026-11-01T02:00+02:00", *DAYS.strftime("%Y-%m-%dT%H:%M:%SZ")[1:]]),
    "arrow": pd.Series(DAYS).astype("timestamp[us][pyarrow]"),
}
