"""Random prepared features: what is timed does not depend on what they tell."""

from typing import Literal, get_args

import numpy as np

from sequence_learning.benchmark.parameters import BenchmarkParameters
from sequence_learning.features.model_input import ModelInput
from sequence_learning.features.split import PARTS
from sequence_learning.spec import InputSpec, TargetSpec

#: All sequences as long, of log-normal lengths, or without a step.
Lengths = Literal["fixed", "variable", "none"]
LENGTHS: tuple[Lengths, ...] = get_args(Lengths)

_SPREAD = 1.0  # of log-lengths: one sequence of a thousand is over twenty times as long as the median


def draw_features(parameters: BenchmarkParameters, lengths: Lengths) -> ModelInput:
    """Normal draws; the same at every call."""
    rng = np.random.default_rng(0)
    n = parameters.train_rows + parameters.validation_rows
    offsets = np.concatenate([[0], _draw_lengths(rng, n, parameters, lengths).cumsum()]).astype(np.int64)
    part = np.full(n, PARTS.index("train"), dtype=np.uint8)
    part[parameters.train_rows :] = PARTS.index("validation")
    return ModelInput(
        values=rng.standard_normal((offsets[-1], parameters.channels), dtype=np.float32),
        codes=np.zeros((offsets[-1], 0), dtype=np.int32),
        offsets=offsets,
        numeric=rng.standard_normal((n, parameters.numeric), dtype=np.float32),
        categorical=np.zeros((n, 0), dtype=np.int32),
        target=rng.standard_normal(n, dtype=np.float32),
        part=part,
        spec=InputSpec(
            n_channels=parameters.channels,
            event_categories=(),
            n_numeric=parameters.numeric,
            categories=(),
            numeric_bins=((-1.0, 0.0, 1.0),) * parameters.numeric,
            n_outputs=1,
        ),
        target_spec=TargetSpec(task="regression"),
    )


def _draw_lengths(rng: np.random.Generator, n: int, parameters: BenchmarkParameters, lengths: Lengths) -> np.ndarray:
    if lengths != "variable":
        return np.full(n, parameters.length if lengths == "fixed" else 0)
    drawn = parameters.median_length * np.exp(_SPREAD * rng.standard_normal(n))
    drawn[rng.integers(parameters.train_rows)] = parameters.max_length
    return drawn.round().clip(1, parameters.max_length).astype(np.int64)
