"""The baseline that knows no features at all."""

from collections.abc import Callable
from typing import Literal, Self

import numpy as np

from sequence_learning.baselines.base import Baseline, BaselineConfig, Round
from sequence_learning.features.model_input import ModelInput


class PredictTheMean(Baseline):
    """Predicts, for every row, the training rows' mean, or their share of each class; the seed changes nothing.

    Attributes:
        expected: the mean in the units of the target, or a share per class.
    """

    name: Literal["predict_the_mean"] = "predict_the_mean"
    expected: tuple[float, ...]

    @classmethod
    def fit(
        cls,
        model_input: ModelInput,
        config: BaselineConfig,
        seed: int,
        on_round: Callable[[Round], None] = lambda record: None,
    ) -> tuple[Self, list[Round]]:
        """Average the training targets."""
        from sequence_learning.training.predict import original_target

        target = original_target(model_input, model_input.rows("train"))
        n_classes = len(model_input.target_spec.classes)
        shares = np.bincount(target, minlength=n_classes) / len(target) if n_classes else target.mean(keepdims=True)
        return cls(expected=tuple(shares.tolist())), []

    def predict(self, model_input: ModelInput, rows: np.ndarray) -> dict[str, np.ndarray]:
        """The same for every row."""
        regression = model_input.target_spec.task == "regression"
        names = ["prediction"] if regression else [f"p_{k}" for k in range(len(self.expected))]
        return {name: np.full(len(rows), value) for name, value in zip(names, self.expected, strict=True)}
