"""What one process of the benchmark measures, as JSON can say it."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from sequence_learning.benchmark.features import Lengths
from sequence_learning.features.model_input import ModelInput
from sequence_learning.options import Options
from sequence_learning.parameters import EncoderParameters, ModelParameters, TrainingParameters
from sequence_learning.training.checkpoint import CheckpointConfig

#: A fit of ours, a plain loop, our queue of fits, or plain loops one after the other.
Side = Literal["fit", "bare", "queue", "one_by_one"]


class Case(Options):
    """A side, and what it trains on.

    Attributes:
        side: who trains.
        encoders: what is trained: one, or all that the queue holds.
        model: the part that all encoders share.
        training: recipe of both sides, and the seeds.
        features: file of prepared features.
        lengths: of their sequences.
        in_16_bits: encoders that the queue trains in bf16; the others as the recipe says.
        epochs: of a whole fit, over which what is computed once for it is spread.
        seconds: of a turn, at least; the queue and what it is compared with take as long as they take.
    """

    side: Side
    encoders: tuple[EncoderParameters, ...] = Field(min_length=1)
    model: ModelParameters
    training: TrainingParameters
    features: Path
    lengths: Lengths
    in_16_bits: tuple[str, ...] = ()
    epochs: int = Field(ge=1)
    seconds: float = Field(gt=0)

    def config(self, encoder: EncoderParameters, model_input: ModelInput, seed: int) -> CheckpointConfig:
        """The model of one fit."""
        return CheckpointConfig(
            seed=seed,
            encoder=encoder,
            model=self.model,
            spec=model_input.spec,
            target_spec=model_input.target_spec,
        )
