"""The contract that every encoder keeps."""

from abc import ABC, abstractmethod
from typing import ClassVar

from torch import Tensor, nn

from sequence_learning.batch import step_mask, zero_padding
from sequence_learning.options import Options


class EncoderConfig(Options):
    """Options of one encoder."""


class SequenceEncoder(nn.Module, ABC):
    """Turns padded sequences into one vector each.

    What holds for every encoder, and is tested for each:

    - Only the first ``lengths[b]`` steps of row ``b`` count. What stands on padded steps, NaN included, and how
      many there are changes nothing.
    - A row does not depend on the other rows of its batch.
    - A sequence of length 0 has a defined, finite vector.
    - Positions count back from the newest step, so a longer history never moves the meaning of the latest event.

    Subclasses set ``config_class``, set ``d_out`` in their constructor and write :meth:`encode`.
    """

    config_class: ClassVar[type[EncoderConfig]]
    d_out: int

    def forward(self, x_seq: Tensor, lengths: Tensor) -> Tensor:
        """Encode a batch.

        Args:
            x_seq: ``(B, L, D)`` float, real steps first, oldest to newest, then padding of any content.
            lengths: ``(B,)`` int64, from 0 to L.

        Returns:
            ``(B, d_out)`` float.
        """
        if x_seq.shape[1] == 0:  # every row is empty: one padded step spares each encoder the special case
            x_seq = x_seq.new_zeros(x_seq.shape[0], 1, x_seq.shape[2])
        mask = step_mask(lengths, x_seq.shape[1])
        return self.encode(zero_padding(x_seq, mask), mask, lengths)

    @abstractmethod
    def encode(self, x_seq: Tensor, mask: Tensor, lengths: Tensor) -> Tensor:
        """As :meth:`forward`, with padded steps already zero and ``mask`` ``(B, L)`` True on real steps."""
