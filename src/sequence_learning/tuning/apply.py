"""The use of what was found: configurations with their tuned options."""

from collections.abc import Mapping
from typing import Any, TypeVar

from sequence_learning.baselines.parameters import BaselineParameters
from sequence_learning.parameters import EncoderParameters, ModelParameters, TrainingParameters
from sequence_learning.tuning import TUNABLE
from sequence_learning.tuning.configuration import BaselineConfiguration, EncoderConfiguration
from sequence_learning.tuning.errors import TuningError

Subject = TypeVar("Subject", EncoderParameters, BaselineParameters)
Model = TypeVar("Model", ModelParameters, None)


def apply_tuned(
    tuned: Mapping[str, Mapping[str, Any]],
    name: str,
    subject: Subject,
    model: Model,
    training: TrainingParameters,
    data: str | None = None,
) -> tuple[Subject, Model, TrainingParameters]:
    """One model's parameters with its tuned options in place of the configured ones.

    Args:
        tuned: ``tuned_parameters``, as :func:`~sequence_learning.tuning.summary.choose` gives them; empty if nothing
            has been tuned.
        name: of the encoder or baseline.
        subject: its own parameters.
        model: the rest of an encoder's model; None for a baseline.
        training: how it is trained; a baseline's stays as it is.
        data: key of the rows that are trained on (:func:`~sequence_learning.tuning.key.key_of_data`); not compared if
            None.

    Returns:
        The three, in that order. A model without options to tune (the mean) stays as it is.

    Raises:
        TuningError: if the model was not tuned, or on other data.
    """
    if name not in TUNABLE:
        return subject, model, training
    if name not in tuned:
        raise TuningError(
            f"tuning.use needs every model that is trained to be tuned, but {name} is not (tuned are: "
            f"{', '.join(tuned) or 'none'}); run kedro run --pipeline tune on these data, or set tuning.use to false"
        )
    own = tuned[name]
    if data is not None and own.get("data") != data:
        raise TuningError(
            f"tuned options hold for the data that they were found on, but {name} was tuned on rows with the key "
            f"{own.get('data')}, and these have {data}; run kedro run --pipeline tune again, or set tuning.use to false"
        )
    change = {part: options for part, options in own.items() if part != "data"}
    if isinstance(subject, BaselineParameters):
        return BaselineConfiguration(subject).changed(change).baseline, model, training
    assert isinstance(model, ModelParameters)
    changed = EncoderConfiguration(subject, model, training).changed(change)
    return changed.encoder, changed.model, changed.training
