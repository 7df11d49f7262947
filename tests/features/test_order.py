import pandas as pd
import pytest

from sequence_learning.features.errors import DataError
from sequence_learning.features.order import chronological_rank


@pytest.mark.parametrize(
    "order",
    [
        pd.Series([9, 10, 9]),
        pd.Series([0.5, 2.5, 0.5]),
        pd.to_datetime(pd.Series(["2026-02-09", "2026-02-10", "2026-02-09"])),
        pd.Series(["2026-02-09T23:00", "2026-02-10", "2026-02-09T23:00"]),
        pd.Series(["2026-02-10T01:00+02:00", "2026-02-10T00:30+00:00", "2026-02-09T23:00+00:00"]),
    ],
)
def test_later_ranks_higher_and_ties_share_a_rank(order: "pd.Series[float]") -> None:
    assert chronological_rank(order).tolist() == [1, 2, 1]


def test_other_text_is_refused() -> None:
    order = pd.Series(["10/2/2026", "9/2/2026"], name="day")
    with pytest.raises(DataError, match=r"ordered by numbers .* 'day' holds text such as '10/2/2026'; convert it"):
        chronological_rank(order)
