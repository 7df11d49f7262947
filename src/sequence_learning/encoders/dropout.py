"""Dropout whose draws take a CPU less time."""

import torch
from torch import Tensor, nn

from sequence_learning.encoders.cpu_training import trains_on_cpu

_DRAWS = 2**16


class Dropout(nn.Dropout):
    """As ``torch.nn.Dropout``; while a CPU trains, the probability is rounded to a multiple of :math:`2^{-16}`.

    PyTorch draws a number of 32 bits for every value, one by one, which takes a sixth of a Transformer's step. Four
    values share one draw of 64 bits here.
    """

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002
        """Each value is zero with probability ``p``; what is left is enlarged so that the mean stays."""
        dropped = round(self.p * _DRAWS)
        if not self.training or dropped in {0, _DRAWS} or not trains_on_cpu(input):
            return super().forward(input)
        lowest = -(_DRAWS // 2)
        bits = torch.empty(-(-input.numel() // 4), dtype=torch.int64).random_(-(2**63), None)
        kept = bits.view(torch.int16)[: input.numel()] >= lowest + dropped
        return input * kept.view(input.shape).to(input.dtype).mul_(_DRAWS / (_DRAWS - dropped))
