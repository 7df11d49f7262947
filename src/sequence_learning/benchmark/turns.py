"""One side of a comparison: it is built once, and each turn goes on where the last one ended."""

from dataclasses import replace
from typing import Protocol

import numpy as np

from sequence_learning.features.model_input import NO_PART, ModelInput
from sequence_learning.features.split import PARTS

Measured = dict[str, float]

_FEW = 32


class Turns(Protocol):
    """One side of the comparison."""

    def turn(self) -> Measured:
        """Train for a while; how fast that was."""


def few_rows(model_input: ModelInput) -> ModelInput:
    """The same features with few rows to train on: enough for everything to be imported."""
    part = np.full(len(model_input), NO_PART, dtype=np.uint8)
    part[:_FEW], part[-_FEW:] = PARTS.index("train"), PARTS.index("validation")
    return replace(model_input, part=part)
