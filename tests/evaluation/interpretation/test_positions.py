import numpy as np
import pytest
import torch

from sequence_learning.evaluation.interpretation import positions
from sequence_learning.evaluation.interpretation.positions import batches, mean_by_position
from tests.builders import make_model_input


def test_means_are_over_the_rows_that_have_a_step_there() -> None:
    values = torch.tensor([[[1.0], [2.0], [4.0]], [[10.0], [99.0], [99.0]], [[99.0]] * 3])
    short = torch.tensor([[[0.0]]])
    table = mean_by_position([(values, torch.tensor([3, 1, 0])), (short, torch.tensor([1]))], ["a"])
    assert table.to_dict("list") == {
        "name": ["a"] * 3,
        "position": [0, 1, 2],
        "mean": [pytest.approx(14 / 3), 2.0, 1.0],
        "rows": [3, 1, 1],
    }


def test_every_row_is_in_one_batch_and_those_of_like_length_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(positions, "MOST_STEPS", 24)
    data = make_model_input()
    rows = np.arange(5, 60)
    for copies in (1, 2, 100):
        found = list(batches(data, rows, copies))
        targets = np.concatenate([batch.target.numpy() for batch in found])
        np.testing.assert_array_equal(np.sort(targets), np.sort(data.target[rows]))
        assert all(copies * b.lengths.max() * len(b) <= 24 or len(b) == 1 for b in found)
        longest = [int(b.lengths.max()) for b in found]
        assert longest == sorted(longest, reverse=True)


def test_rows_without_any_event_have_no_position() -> None:
    assert mean_by_position([(torch.zeros(2, 1, 2), torch.tensor([0, 0]))], ["a", "b"]).empty
