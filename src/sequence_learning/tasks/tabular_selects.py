"""A tabular feature says which events matter."""

from typing import Self

import numpy as np
from pydantic import Field, model_validator

from sequence_learning.tasks.base import CONTENT_BLIND, KnownTruthTask, TaskConfig
from sequence_learning.tasks.sequences import Sequences


class TabularSelectsConfig(TaskConfig):
    """How many kinds there are to choose from."""

    n_kinds: int = Field(6, ge=2)
    n_segments: int = Field(6, ge=2)

    @model_validator(mode="after")
    def _a_kind_per_segment(self) -> Self:
        if self.n_kinds != self.n_segments:
            raise ValueError(
                "every segment must choose a kind of its own, "
                f"got n_segments {self.n_segments} and n_kinds {self.n_kinds}; make them equal"
            )
        return self


class TabularSelects(KnownTruthTask):
    """The mean of ``channel_0`` over the events of the kind that the entity's ``segment`` names; 0 without any.

    An encoder that is asked with the tabular features (fusion ``query``) attends to that kind. Where sequence and
    tabular features meet only after the sequence has become one vector, that vector must hold the mean of every kind,
    and statistics and positional weights of single channels hold none.
    """

    config_class = TabularSelectsConfig
    simplest = "statistical_aggregation_asked"
    insufficient = CONTENT_BLIND
    order_matters = False

    def signal(self, sequences: Sequences) -> np.ndarray:
        """The mean over the kind that is asked for."""
        return sequences.weighted_mean(sequences.kinds == sequences.segment[:, None], 0)
