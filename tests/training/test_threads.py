from collections.abc import Iterator

import pytest
import torch

from sequence_learning.training.threads import single_thread


@pytest.fixture(autouse=True)
def two_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


def test_there_is_one_thread_inside_and_as_many_as_before_afterwards() -> None:
    with single_thread():
        assert torch.get_num_threads() == 1
        with single_thread():
            assert torch.get_num_threads() == 1
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == 2


def test_the_number_of_threads_is_left_as_it_was_after_an_error() -> None:
    with pytest.raises(OSError, match="full"), single_thread():
        raise OSError("full")
    assert torch.get_num_threads() == 2
