"""Fitted models of a run."""

from sequence_learning.baselines.base import Baseline
from sequence_learning.training.checkpoint import Checkpoint

#: By the model's name, then by seed.
FittedModels = dict[str, dict[int, Checkpoint | Baseline]]
