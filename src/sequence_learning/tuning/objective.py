"""One trial: fit a configuration on the training rows, and score it on the validation rows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sequence_learning.features.model_input import ModelInput
from sequence_learning.fits.configuration import BaselineConfiguration, Configuration, EncoderConfiguration

#: Hears of every epoch or round: how far training has come, and how good it is there, where larger is better. What it
#: raises ends the training.
OnStep = Callable[["Step"], None]


@dataclass(frozen=True)
class Step:
    """Where a training stands.

    Attributes:
        progress: epochs so far, from 0; of boosting, the sum of the learning rates of its rounds, so that trials with
            other rates are compared where they have learned as much.
        merit: validation score of an encoder; of boosting, which scores no round, the negative validation loss.
        loss: validation loss.
    """

    progress: int
    merit: float
    loss: float


@dataclass(frozen=True)
class Outcome:
    """The ranking metric and the loss of the validation rows, where the loss was lowest."""

    score: float
    loss: float


def evaluate(model_input: ModelInput, configuration: Configuration, seed: int, on_step: OnStep) -> Outcome:
    """Fit and score.

    Raises:
        FloatingPointError: if training diverges.
    """
    if isinstance(configuration, EncoderConfiguration):
        return _evaluate_encoder(model_input, configuration, seed, on_step)
    return _evaluate_baseline(model_input, configuration, seed, on_step)


def _evaluate_encoder(
    model_input: ModelInput, configuration: EncoderConfiguration, seed: int, on_step: OnStep
) -> Outcome:
    from sequence_learning.training.checkpoint import CheckpointConfig
    from sequence_learning.training.fit import fit

    config = CheckpointConfig(
        seed=seed,
        encoder=configuration.encoder,
        model=configuration.model,
        spec=model_input.spec,
        target_spec=model_input.target_spec,
    )

    def tell(record: Mapping[str, Any]) -> None:
        on_step(Step(record["epoch"], record["val_score"], record["val_loss"]))

    result = fit(model_input, config, configuration.training, tell)
    kept = result.history[result.costs["kept_epoch"]]
    return Outcome(kept["val_score"], kept["val_loss"])


def _evaluate_baseline(
    model_input: ModelInput, configuration: BaselineConfiguration, seed: int, on_step: OnStep
) -> Outcome:
    import pandas as pd

    from sequence_learning.baselines.fit import fit_baseline
    from sequence_learning.metrics import ranking_score
    from sequence_learning.training.predict import original_target

    losses: list[float] = []
    rate = float(configuration.parts["baseline"]["learning_rate"])

    def tell(record: Mapping[str, Any]) -> None:
        losses.append(record["val_loss"])
        on_step(Step(int(len(losses) * rate), -losses[-1], losses[-1]))

    fitted = fit_baseline(model_input, configuration.baseline, seed, tell).baseline
    rows = model_input.rows("validation")
    table = pd.DataFrame({"target": original_target(model_input, rows)} | fitted.predict(model_input, rows))
    return Outcome(ranking_score(model_input.target_spec.task, table), min(losses))
