"""What comes before what: ranks of the column that orders events."""

from typing import Any

import numpy as np
import pandas as pd

from sequence_learning.features.errors import DataError


def chronological_rank(order: "pd.Series[Any]") -> np.ndarray:
    """Dense ranks of numbers, time stamps, ordered categories or ISO 8601 text, such as ``2026-11-23T08:11``.

    Raises:
        DataError: for other text, which would sort by its letters: 10/2/2026 before 9/2/2026.
    """
    if pd.api.types.is_string_dtype(order) and not isinstance(order.dtype, pd.CategoricalDtype):
        try:
            order = pd.to_datetime(order, format="ISO8601", utc=True)
        except ValueError as error:
            raise DataError(
                f"events must be ordered by numbers or time stamps, but {order.name!r} holds text such as "
                f"{str(order.iloc[0])!r}; convert it, or write time stamps as 2026-11-23T08:11"
            ) from error
    return order.rank(method="dense").to_numpy()
