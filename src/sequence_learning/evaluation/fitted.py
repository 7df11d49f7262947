"""Fitted models of a run."""

from collections.abc import Sequence

from sequence_learning.baselines.base import Baseline
from sequence_learning.training.checkpoint import Checkpoint

#: By the model's name: every seed, and what was fitted with it.
FittedModels = dict[str, Sequence[tuple[int, Checkpoint | Baseline]]]
