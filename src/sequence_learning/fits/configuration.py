"""A model as it is configured, and as it is when some options are changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from sequence_learning.baselines import BASELINES
from sequence_learning.baselines.parameters import BaselineParameters
from sequence_learning.parameters import BESIDE_THE_RECIPE, EncoderParameters, ModelParameters, TrainingParameters

#: By part of the configuration, the options that differ.
Change = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class EncoderConfiguration:
    """An encoder, the rest of its model and its training."""

    encoder: EncoderParameters
    model: ModelParameters
    training: TrainingParameters

    @property
    def name(self) -> str:
        """The encoder's."""
        return self.encoder.name

    @property
    def parts(self) -> dict[str, dict[str, Any]]:
        """Every option that can be searched, as JSON, by part. How fits are run is the same for all trials."""
        run = BESIDE_THE_RECIPE | {"accelerator"}
        return {
            "encoder": self.encoder.config.model_dump(mode="json"),
            "model": self.model.model_dump(mode="json"),
            "training": self.training.model_dump(mode="json", exclude=run),
        }

    @property
    def most_steps(self) -> int:
        """Epochs of a fit, at most."""
        return self.training.max_epochs

    def changed(self, change: Change) -> Self:
        """With other options, checked like those of a file."""
        return type(self)(
            encoder=EncoderParameters.model_validate(self.encoder.model_dump() | dict(change.get("encoder", {}))),
            model=ModelParameters.model_validate(self.model.model_dump() | dict(change.get("model", {}))),
            training=TrainingParameters.model_validate(self.training.model_dump() | dict(change.get("training", {}))),
        )


@dataclass(frozen=True)
class BaselineConfiguration:
    """A baseline."""

    baseline: BaselineParameters

    @property
    def name(self) -> str:
        """The baseline's."""
        return self.baseline.name

    @property
    def parts(self) -> dict[str, dict[str, Any]]:
        """As of an encoder."""
        return {"baseline": self.baseline.config.model_dump(mode="json")}

    @property
    def most_steps(self) -> int:
        """Rounds of a fit, at most."""
        return self.baseline.config.most_rounds

    def changed(self, change: Change) -> Self:
        """As of an encoder."""
        options = self.baseline.model_dump() | dict(change.get("baseline", {}))
        return type(self)(BaselineParameters.model_validate(options))


Configuration = EncoderConfiguration | BaselineConfiguration


def configure(
    models: Mapping[str, object], model: ModelParameters, training: TrainingParameters
) -> dict[str, Configuration]:
    """Encoders and baselines as their blocks of parameters say, by name.

    Args:
        models: those blocks, typed or not.
        model: the part that all encoders share.
        training: how encoders are trained.
    """
    return {
        name: BaselineConfiguration(BaselineParameters.model_validate(block))
        if name in BASELINES
        else EncoderConfiguration(EncoderParameters.model_validate(block), model, training)
        for name, block in models.items()
    }


def nested(values: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """``{"encoder.hidden_size": 32}`` as a change, ``{"encoder": {"hidden_size": 32}}``."""
    change: dict[str, dict[str, Any]] = {}
    for name, value in values.items():
        part, _, option = name.partition(".")
        change.setdefault(part, {})[option] = value
    return change
