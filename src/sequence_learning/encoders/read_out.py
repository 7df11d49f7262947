"""Read-outs: one vector from the states of all steps."""

from torch import Tensor, nn

from sequence_learning.encoders.attention_pooling import AttentionPooling
from sequence_learning.encoders.configs.base import Pooling
from sequence_learning.encoders.pooling import largest, mean
from sequence_learning.encoders.steps import Steps


class ReadOut(nn.Module):
    """The newest state, the mean or largest over the real steps, or attention pooling; zeros for an empty row.

    Shape: ``(B, L, H) -> (B, H)``.
    """

    def __init__(self, kind: Pooling, d_in: int) -> None:
        super().__init__()
        self.kind = kind
        self.attention = AttentionPooling(d_in, d_in) if kind == "attention" else None

    def forward(self, steps: Steps) -> Tensor:
        """One vector per row."""
        if self.attention is not None:
            return self.attention(steps)  # type: ignore[no-any-return]
        if self.kind == "last":
            return steps.newest(steps.values)
        if self.kind == "mean":
            return mean(steps)
        return largest(steps)

    def weights(self, steps: Steps) -> Tensor | None:
        """How much each state counts in attention pooling, ``(B, L, 1)``; None for the other kinds."""
        return None if self.attention is None else self.attention.weights(steps)
