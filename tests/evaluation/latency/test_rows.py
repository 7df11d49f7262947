import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sequence_learning.evaluation.latency.rows import typical_rows
from tests.builders import make_model_input

from .raw import PREPARED, RAW, N


def test_a_single_row_is_of_median_length() -> None:
    lengths = [9, 9, 9, 9, 1] * 2 + [9, 9, 9, 9, 4] + [9, 9, 9, 9, 6] * 2
    data = make_model_input(lengths=lengths)
    (row,) = typical_rows(data, 1)
    assert data.part[row] == 2
    assert data.lengths_of(np.array([row])) == [4]


@pytest.mark.parametrize("n", [2, 20, 21, 200])
def test_more_rows_are_drawn_from_the_test_rows_and_repeated_only_if_they_must(n: int) -> None:
    rows = typical_rows(PREPARED, n)
    assert len(rows) == n
    assert set(rows) <= set(PREPARED.rows("test"))
    assert (len(set(rows)) == n) == (n <= len(PREPARED.rows("test")))
    np.testing.assert_array_equal(rows, typical_rows(PREPARED, n))


@given(st.lists(st.integers(0, N - 1), min_size=1, max_size=12))
def test_chosen_entities_become_the_features_they_had(chosen: list[int]) -> None:
    rows = np.array(chosen)
    entities, events = RAW.select(rows)
    assert entities["id"].is_unique
    assert set(events["id"]) <= set(entities["id"])
    prepared = RAW.transform(entities, events)

    assert len(prepared) == len(rows)
    np.testing.assert_array_equal(prepared.numeric, PREPARED.numeric[rows])
    np.testing.assert_array_equal(prepared.categorical, PREPARED.categorical[rows])
    for i, row in enumerate(rows):
        for name in ("values", "codes", "ages"):
            got, expected = (
                getattr(data, name)[data.offsets[k] : data.offsets[k + 1]]
                for data, k in ((prepared, i), (PREPARED, row))
            )
            np.testing.assert_array_equal(got, expected)
