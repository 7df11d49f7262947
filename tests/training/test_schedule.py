import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sequence_learning.training.schedule import cosine, warm_up


def shares(n_warm_up: int, n_steps: int, n_asked: int) -> np.ndarray:
    return np.array([warm_up(step, n_warm_up) * cosine(step, n_warm_up, n_steps) for step in range(n_asked)])


@given(n_steps=st.integers(1, 500), data=st.data())
def test_the_learning_rate_rises_to_its_peak_and_then_falls(n_steps: int, data: st.DataObject) -> None:
    n_warm_up = data.draw(st.integers(0, n_steps))
    share = shares(n_warm_up, n_steps, n_steps)
    peak = int(share.argmax())
    assert share[peak] == 1
    assert peak == max(0, n_warm_up - 1)
    assert (share > 0).all()
    assert (np.diff(share[: peak + 1]) > 0).all()
    assert (np.diff(share[peak + 1 :]) < 0).all()


@given(n_steps=st.integers(1, 500), data=st.data())
def test_after_the_warm_up_the_cosine_alone_counts_and_before_it_the_warm_up_alone(
    n_steps: int, data: st.DataObject
) -> None:
    n_warm_up = data.draw(st.integers(0, n_steps))
    for step in range(2 * n_steps):
        rising, falling = warm_up(step, n_warm_up), cosine(step, n_warm_up, n_steps)
        assert 0 < rising <= 1
        assert 0 <= falling <= 1
        assert 1 in {rising, falling}


def test_the_learning_rate_at_chosen_steps() -> None:
    share = shares(10, 100, 1001)
    assert share[[0, 4, 9, 10, 55, 100, 1000]] == pytest.approx([0.1, 0.5, 1.0, 1.0, 0.5, 0.0, 0.0])
