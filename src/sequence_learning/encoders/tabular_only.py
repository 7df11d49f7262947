"""No sequence at all: the ablation every encoder has to beat."""

from torch import Tensor, nn

from sequence_learning.encoders.base import EncoderConfig, SequenceEncoder


class TabularOnlyConfig(EncoderConfig):
    """There is nothing to set."""


class TabularOnly(SequenceEncoder):
    """Ignores the sequence: an encoding of width zero, so that the model sees the tabular features alone."""

    config_class = TabularOnlyConfig

    def __init__(self, d_in: int, config: TabularOnlyConfig | None = None) -> None:
        nn.Module.__init__(self)
        self.d_out = 0

    def encode(self, x_seq: Tensor, mask: Tensor, lengths: Tensor) -> Tensor:
        """``(B, L, D) -> (B, 0)``."""
        return x_seq.new_zeros(x_seq.shape[0], 0)
