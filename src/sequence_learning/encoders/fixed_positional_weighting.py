"""Fixed positional weighting: a weighted mean with weights set in advance, the newest step weighing most."""

from typing import Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from sequence_learning.batch import positions_from_newest
from sequence_learning.encoders.base import EncoderConfig, SequenceEncoder


class FixedPositionalWeightingConfig(EncoderConfig):
    """How the weight falls with the steps back from the newest event.

    Attributes:
        decay: ``linear`` falls to zero just past the oldest event of each sequence; ``exponential`` halves every
            ``half_life`` steps.
        half_life: steps; used by ``exponential`` alone.
    """

    decay: Literal["linear", "exponential"] = "linear"
    half_life: float = Field(5.0, gt=0)


class FixedPositionalWeighting(SequenceEncoder):
    r"""Weighted mean of each channel; no parameters.

    With :math:`n` real steps and position :math:`p` (0 = newest), ``linear`` has :math:`w_p = (n - p) / n` and
    ``exponential`` :math:`w_p = 2^{-p / h}`; weights are divided by their sum. An empty sequence gives zeros.
    Cost :math:`O(L D)`. Exponential smoothing goes back to Brown, *Statistical Forecasting for Inventory
    Control*, 1959.
    """

    config_class = FixedPositionalWeightingConfig

    def __init__(self, d_in: int, config: FixedPositionalWeightingConfig | None = None) -> None:
        nn.Module.__init__(self)
        self.config = config or FixedPositionalWeightingConfig()
        self.d_out = d_in

    def encode(self, x_seq: Tensor, mask: Tensor, lengths: Tensor) -> Tensor:
        """``(B, L, D) -> (B, D)``."""
        position = positions_from_newest(lengths, x_seq.shape[1]).to(x_seq.dtype)
        if self.config.decay == "linear":
            weight = (lengths.unsqueeze(1) - position) / lengths.clamp(min=1).unsqueeze(1)
        else:
            weight = torch.exp2(-position / self.config.half_life)
        weight = torch.where(mask, weight, 0.0)
        total = weight.sum(dim=1, keepdim=True)
        # The newest step weighs 1, so only an empty sequence has a total below 1.
        return torch.einsum("bl,bld->bd", weight / total.clamp(min=1.0), x_seq)
