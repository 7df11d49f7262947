"""Options of the Transformer encoder."""

from typing import Literal

from pydantic import Field, model_validator

from sequence_learning.encoders.configs.base import EncoderConfig


class TransformerConfig(EncoderConfig):
    """Shape of the stack.

    Attributes:
        d_model: width of a step inside; a multiple of twice ``n_heads``.
        n_heads: attention heads.
        n_layers: blocks.
        d_feedforward: hidden units of each block's feed-forward part.
        dropout: share dropped inside the blocks, from 0 up to 1.
        positions: how a step knows its place: ``sinusoidal`` or ``learned`` (added to the step), ``rotary`` (turns
            queries and keys, so that attention sees distances) or ``none`` (the order is not seen at all).
        n_positions: learned positions; older events share the last.
        read_out: ``mean`` or ``last`` of the real steps, or ``cls``: the state of a step put before them.
    """

    d_model: int = Field(64, ge=2, multiple_of=2)
    n_heads: int = Field(4, ge=1)
    n_layers: int = Field(2, ge=1)
    d_feedforward: int = Field(128, ge=1)
    dropout: float = Field(0.1, ge=0, lt=1)
    positions: Literal["sinusoidal", "learned", "rotary", "none"] = "sinusoidal"
    n_positions: int = Field(256, ge=1)
    read_out: Literal["mean", "last", "cls"] = "mean"

    @property
    def order_free(self) -> bool:
        """Without positions it is, unless the newest event is read out."""
        return self.positions == "none" and self.read_out != "last"

    @property
    def length_exponent(self) -> float:
        """Every step looks at every other."""
        return 2.0

    @model_validator(mode="after")
    def _heads_share_the_width(self) -> "TransformerConfig":
        if self.d_model % (2 * self.n_heads):
            raise ValueError(
                "d_model must be a multiple of twice n_heads (each head has an even width), "
                f"got {self.d_model} and {self.n_heads}; change one of them"
            )
        return self
