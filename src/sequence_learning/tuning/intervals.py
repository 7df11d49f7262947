"""Intervals over independent searches."""

import numpy as np
import pandas as pd
from scipy import stats


def half_width(values: "pd.Series[float]") -> float:
    """Of the 95% t-interval of a mean; NaN for fewer than two values."""
    known = values.dropna()
    n = len(known)
    return float(stats.t.ppf(0.975, n - 1) * known.std() / np.sqrt(n)) if n > 1 else np.nan
