import numpy as np
import pytest

from sequence_learning.dataloaders import TabularSequenceDataset
from sequence_learning.evaluation.interpretation.rows import only
from tests.builders import make_model_input


@pytest.mark.parametrize("ages", [False, True])
def test_rows_keep_all_that_is_theirs_and_stand_by_length(ages: bool) -> None:
    data = make_model_input(ages=ages)
    rows = np.array([9, 0, 33, 4, 5])
    some = only(data, rows)
    by_length = rows[np.argsort(data.lengths_of(rows), kind="stable")]
    assert len(some) == 5
    assert len(some.values) == data.lengths_of(rows).sum()
    for one, other in zip(TabularSequenceDataset(some), TabularSequenceDataset(data, by_length), strict=False):
        for name, tensor in vars(one).items():
            expected = getattr(other, name)
            assert (tensor is None) == (expected is None)
            if tensor is not None:
                np.testing.assert_array_equal(tensor, expected)
    assert some.part.tolist() == data.part[by_length].tolist()
