"""How exact a mean is where rows depend on each other."""

import math

import numpy as np
import pandas as pd


def standard_error(values: np.ndarray, unit: np.ndarray) -> tuple[float, int]:
    """Standard error of the mean of ``values`` ``(N,)``, whose rows depend on each other within a ``unit`` ``(N,)``.

    It is cluster-robust (Liang & Zeger, 1986, https://doi.org/10.1093/biomet/73.1.13); where each row is a unit of its
    own it is the usual one.

    Returns:
        The error, NaN for a single unit, and the number of units.
    """
    codes = pd.factorize(unit)[0]
    n_units = int(codes.max()) + 1
    if n_units == 1:
        return math.nan, 1
    sums = np.bincount(codes, values - values.mean())
    return math.sqrt(n_units / (n_units - 1) * np.square(sums).sum()) / len(values), n_units
