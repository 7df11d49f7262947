"""Dropout whose draws take a CPU less time."""

import torch
from torch import Tensor, nn

from sequence_learning.encoders.cpu_training import trains_on_cpu

_DRAWS = 2**16


class Dropout(nn.Dropout):
    """As ``torch.nn.Dropout``, by :func:`dropout`."""

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002
        """With some values zero while training."""
        return dropout(input, self.p, self.training)


def dropout(values: Tensor, p: float, training: bool) -> Tensor:
    """As ``torch.nn.functional.dropout``; while a CPU trains, ``p`` is rounded to a multiple of :math:`2^{-16}`.

    PyTorch draws a number of 32 bits for every value, one by one, which takes a sixth of a Transformer's step. Four
    values share one draw of 64 bits here.

    Args:
        values: of any shape.
        p: with which probability each becomes zero; what is left is enlarged so that the mean stays.
        training: nothing happens otherwise.
    """
    dropped = round(p * _DRAWS)
    if not training or dropped in {0, _DRAWS} or not trains_on_cpu(values):
        return nn.functional.dropout(values, p, training)
    n_values = values.numel()
    draws = torch.empty(-(-n_values // 4), dtype=torch.int64).random_(-(2**63), None).view(torch.int16)
    if n_values % 4:  # what is nothing to cut still takes its time
        draws = draws[:n_values]
    # In place, so that it stays a number: a bool takes four times as long to compare and to convert.
    factors = draws.view(values.shape).ge_(dropped - _DRAWS // 2) * (_DRAWS / (_DRAWS - dropped))
    return values * factors.to(values.dtype)
