"""A trained model as plain data: named arrays and the configuration that rebuilds it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from pydantic import BaseModel, ConfigDict

from sequence_learning.parameters import EncoderParameters, ModelParameters
from sequence_learning.spec import InputSpec, TargetSpec

if TYPE_CHECKING:
    from sequence_learning.model import SequenceModel


class CheckpointConfig(BaseModel):
    """All that is needed to rebuild a model and to read its outputs."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    seed: int
    encoder: EncoderParameters
    model: ModelParameters
    spec: InputSpec
    target_spec: TargetSpec

    def build_model(self) -> "SequenceModel":
        """A model of this shape with fresh weights."""
        from sequence_learning.model import SequenceModel

        return SequenceModel(self.spec, self.encoder, self.model)


@dataclass(frozen=True)
class Checkpoint:
    """A configuration and its weights, by parameter name."""

    config: CheckpointConfig
    weights: dict[str, np.ndarray]

    def load_model(self) -> "SequenceModel":
        """The trained model, in evaluation mode."""
        import torch

        model = self.config.build_model()
        model.load_state_dict({name: torch.from_numpy(array) for name, array in self.weights.items()})
        return model.eval()
