import numpy as np

from sequence_learning.benchmark.memory import peak_mb


def test_the_peak_grows_with_what_is_held_and_stays() -> None:
    before = peak_mb()
    assert before > 10
    held = np.ones(int(before * 1e6 / 8) + 8_000_000)  # as much as everything so far, and 64 MB
    grown = peak_mb()
    assert grown > before + 50
    del held
    assert peak_mb() >= grown
