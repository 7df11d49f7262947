"""Intervals over independent searches."""

import numpy as np
import pandas as pd
from scipy.special import stdtrit


def half_width(values: "pd.Series[float]") -> float:
    """Of the 95% t-interval of a mean; NaN for fewer than two values."""
    known = values.dropna()
    n = len(known)
    return float(stdtrit(n - 1, 0.975) * known.std() / np.sqrt(n)) if n > 1 else np.nan
