"""The contract that every baseline keeps."""

from abc import abstractmethod
from collections.abc import Callable
from typing import ClassVar, Self, TypedDict

import numpy as np
from pydantic import BaseModel, ConfigDict

from sequence_learning.features.model_input import ModelInput
from sequence_learning.options import Options


class BaselineConfig(Options):
    """Options of one baseline."""

    @property
    def most_rounds(self) -> int:
        """How many rounds a fit may take; 1 where it takes none."""
        return 1


class Round(TypedDict):
    """Losses after one round of fitting, as means over rows, in the units of the encoders' losses.

    They bear names of their own: a round is not an epoch, and its curve does not belong over theirs.
    """

    seed: int
    round: int
    train_loss_by_round: float
    val_loss_by_round: float


class Baseline(BaseModel):
    """A fitted baseline as plain data: ``model_dump_json`` stores all of it.

    What holds for every baseline, and is tested for each:

    - It learns from training rows; validation rows may say when to stop, test rows nothing.
    - The same data, options and seed give the same predictions, before and after it was stored.
    - A row's prediction does not depend on the other rows.

    Subclasses narrow ``name`` to the one they are registered under, set ``config_class``, and write :meth:`fit` and
    :meth:`predict`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    config_class: ClassVar[type[BaselineConfig]] = BaselineConfig
    name: str

    @classmethod
    @abstractmethod
    def fit(
        cls,
        model_input: ModelInput,
        config: BaselineConfig,
        seed: int,
        on_round: Callable[[Round], None] = lambda record: None,
    ) -> tuple[Self, list[Round]]:
        """Learn, on one thread.

        Returns:
            The fitted baseline and its rounds; none for a baseline that is not fitted in rounds.
        """

    @abstractmethod
    def predict(self, model_input: ModelInput, rows: np.ndarray) -> dict[str, np.ndarray]:
        """Predict ``rows``, on one thread.

        Returns:
            Columns of length ``len(rows)``: ``prediction`` in the units of the target (regression), or ``p_0``,
            ``p_1``, ... (the probability of each class).
        """
