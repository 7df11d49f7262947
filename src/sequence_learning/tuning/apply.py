"""The use of what was found: configurations with their tuned options."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sequence_learning.features.model_input import ModelInput
from sequence_learning.fits.configuration import Configuration, configure
from sequence_learning.parameters import ModelParameters, TrainingParameters
from sequence_learning.tuning import TUNABLE
from sequence_learning.tuning.errors import TuningError
from sequence_learning.tuning.key import key_of_data


def apply_tuned(tuned: Mapping[str, Mapping[str, Any]], configuration: Configuration, data: str) -> Configuration:
    """One model with its tuned options in place of the configured ones.

    Args:
        tuned: ``tuned_parameters``, as :func:`~sequence_learning.tuning.summary.choose` gives them; empty if nothing
            has been tuned.
        configuration: an encoder or baseline; one without options to tune (the mean) stays as it is.
        data: key of the rows that are trained on (:func:`~sequence_learning.tuning.key.key_of_data`).

    Raises:
        TuningError: if the model was not tuned, or on other data.
    """
    name = configuration.name
    if name not in TUNABLE:
        return configuration
    refuse_untuned([name], tuned)
    own = tuned[name]
    if own.get("data") != data:
        raise TuningError(
            f"tuned options hold for the data that they were found on, but {name} was tuned on rows with the key "
            f"{own.get('data')}, and these have {data}; run kedro run --pipeline tune again, or set tuning.use to false"
        )
    return configuration.changed({part: options for part, options in own.items() if part != "data"})


def refuse_untuned(models: Iterable[str], tuned: Collection[str]) -> None:
    """Check that all of ``models`` are tuned that have options to tune.

    Raises:
        TuningError: naming those that are not.
    """
    missing = [model for model in models if model in TUNABLE and model not in tuned]
    if missing:
        raise TuningError(
            f"tuning.use needs every model that is trained to be tuned, but no search has tuned {', '.join(missing)} "
            f"(tuned are: {', '.join(tuned) or 'none'}); "
            "run kedro run --pipeline tune on these data with tuning.models null, which is all (what has been searched "
            "is kept), train tuned ones alone (--pipeline train_<model>), or set tuning.use to false"
        )


def configurations(
    models: Mapping[str, object],
    model: ModelParameters,
    training: TrainingParameters,
    tuned: Mapping[str, Mapping[str, Any]] | None,
    model_input: ModelInput,
) -> list[Configuration]:
    """Encoders and baselines as their blocks of parameters say, or with tuned options in place of some.

    Args:
        models: blocks by name.
        model: the part that all encoders share.
        training: how encoders are trained.
        tuned: as for :func:`apply_tuned`; None leaves all as configured.
        model_input: the features that they are trained on.
    """
    configured = configure(models, model, training).values()
    if tuned is None:
        return list(configured)
    data = key_of_data(model_input)
    return [apply_tuned(tuned, one, data) for one in configured]
