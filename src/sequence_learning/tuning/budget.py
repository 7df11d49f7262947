"""The budget of a search, and the meter that runs against it."""

import time
from collections.abc import Callable
from dataclasses import dataclass

#: Seconds that this process has computed, whatever else the machine does.
Clock = Callable[[], float]
cpu_clock: Clock = time.process_time


@dataclass(frozen=True)
class Budget:
    """What a search may use: so many trials, or so many CPU-seconds, whichever ends first."""

    trials: int
    cpu_seconds: float

    def is_left(self, trials: int, cpu_seconds: float) -> bool:
        """Whether another trial may be started after so many, which took so long."""
        return trials < self.trials and cpu_seconds < self.cpu_seconds


class Meter:
    """Counts the CPU-seconds of one trial.

    Args:
        left: what the trial may take.
        clock: that of the process which runs the trial.
    """

    def __init__(self, left: float, clock: Clock = cpu_clock) -> None:
        self._left, self._clock, self._started = left, clock, clock()

    @property
    def seconds(self) -> float:
        """Since the trial was started."""
        return self._clock() - self._started

    @property
    def is_over(self) -> bool:
        """Whether nothing is left."""
        return self.seconds >= self._left
