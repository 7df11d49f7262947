"""Two small tables as a user may have them: customers and their orders."""

import numpy as np
import pandas as pd


def make_shop(n: int = 200, seed: int = 0) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Customers, some without an age or an order, and orders in no order; who ordered late has not churned."""
    rng = np.random.default_rng(seed)
    customer = np.repeat(np.arange(n), rng.integers(0, 8, n))
    day = rng.integers(0, 180, len(customer))
    newest = pd.Series(day).groupby(customer).max().reindex(range(n), fill_value=0)
    customers = pd.DataFrame(
        {
            "customer": np.arange(n),
            "age": np.where(rng.random(n) < 0.1, np.nan, rng.integers(18, 80, n)),
            "country": rng.choice(["de", "fr", "it"], n),
            "asked_on": pd.Timestamp("2026-07-01"),
            "churned": np.where(newest + rng.normal(0, 20, n) > 130, "no", "yes"),
        }
    )
    orders = pd.DataFrame(
        {
            "customer": customer,
            "ordered_at": pd.Timestamp("2026-01-02") + pd.to_timedelta(day, "D"),
            "amount": rng.lognormal(3, 0.5, len(customer)).round(2),
            "category": rng.choice(["books", "garden", "toys"], len(customer)),
        }
    )
    return customers, orders.sample(frac=1, random_state=seed, ignore_index=True)
