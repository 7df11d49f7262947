from itertools import combinations

from sequence_learning.encoders import ENCODERS
from sequence_learning.evaluation.palette import PALETTE


def test_there_is_a_colour_for_every_encoder_and_no_two_are_nearly_the_same() -> None:
    colours = [tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5)) for colour in PALETTE[: len(ENCODERS)]]
    assert len(colours) == len(ENCODERS)
    for first, second in combinations(colours, 2):
        assert sum((a - b) ** 2 for a, b in zip(first, second, strict=True)) ** 0.5 > 70
