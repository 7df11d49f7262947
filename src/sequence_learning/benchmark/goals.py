"""What training should reach, and whether it does."""

from sequence_learning.encoders import encoder_class
from sequence_learning.evaluation.precision import FASTER

_FIXED, _FIXED_OF_A_POOLING, _VARIABLE = 0.9, 0.8, 4.0
#: Of the queue: the share of time in which cores work, and its time over that of plain loops split among the cores.
BUSY, STRETCH = 0.9, 1.2
_SPEED_UP_PER_CORE, _MIXED_SPEED_UP_PER_CORE = 0.95, 1.25


def goal_of(encoder: str, case: str) -> float:
    """Least ratio of our rows per second to those of the plain loop; NaN where none is set."""
    if case == "fixed_length":
        return _FIXED_OF_A_POOLING if is_pooling(encoder) else _FIXED
    return _VARIABLE if case == "variable_length" else float("nan")


def is_pooling(encoder: str) -> bool:
    """Whether an encoder leaves the steps as they are, so that a step of training is short."""
    from sequence_learning.encoders.base import SequenceEncoder

    return encoder_class(encoder).states is SequenceEncoder.states


def speed_up_goal(workers: int) -> float:
    """How many times faster the queue should be than plain loops one by one: 1.9 times on two cores."""
    return _SPEED_UP_PER_CORE * workers


def mixed_speed_up_goal(workers: int) -> float:
    """The same where encoders train in 16 bits if that is faster: 2.5 times on two cores."""
    return _MIXED_SPEED_UP_PER_CORE * workers


def pace(ratio: float) -> str:
    """Of 16 bits over 32, in a word; ``faster`` is as much as ``training.precision: auto`` asks for."""
    if ratio < 1:
        return "slower"
    return "faster" if ratio >= FASTER else "level"


def verdict(met: bool, attainable: bool = True) -> str:
    """In a word; ``beyond`` is a missed goal that would be missed without any sequence to encode, too."""
    if met:
        return "met"
    return "missed" if attainable else "beyond"
