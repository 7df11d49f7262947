import subprocess
import sys

_HOLDS_100_MB = """
from sequence_learning.benchmark.memory import peak_mb

before = peak_mb()
held = b"x" * 100_000_000
grown = peak_mb()
del held
print(before, grown, peak_mb())
"""


def test_the_peak_grows_with_what_is_held_and_stays() -> None:
    """In a process of its own, which has not held more before."""
    printed = subprocess.run([sys.executable, "-c", _HOLDS_100_MB], capture_output=True, text=True, check=True).stdout
    before, grown, afterwards = map(float, printed.split())
    assert 1 < before < 90
    assert 95 < grown - before < 110
    assert abs(afterwards - grown) < 5  # the system counts in batches
