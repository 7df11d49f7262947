"""Options of the 1D CNN."""

from typing import Literal

from pydantic import Field, field_validator, model_validator

from sequence_learning.encoders.configs.base import EncoderConfig

#: Sides of an inception block, which share its channels.
INCEPTION_BRANCHES = 4
_POOLED_STEPS = 3


class CnnConfig(EncoderConfig):
    """Shape of the stack.

    Attributes:
        block: ``plain`` (convolution, ReLU), ``dilated`` (two convolutions beside a shortcut, the gaps between the
            steps that a filter sees doubling from block to block) or ``inception`` (three kernel sizes and a pooling
            side by side, beside a shortcut).
        channels: filters of every layer; a multiple of 4 for ``inception``.
        n_layers: blocks, one after the other.
        kernel_size: steps that one filter sees; odd, so that a filter is centred. ``inception`` also uses about two
            and four times as many.
        dropout: share of numbers dropped after each block, from 0 up to 1.
        pooling: what is kept of all steps; ``mean_max`` keeps both.
    """

    block: Literal["plain", "dilated", "inception"] = "plain"
    channels: int = Field(64, ge=1)
    n_layers: int = Field(2, ge=1)
    kernel_size: int = Field(5, ge=1)
    dropout: float = Field(0.0, ge=0, lt=1)
    pooling: Literal["mean_max", "mean", "max", "attention"] = "mean_max"

    @field_validator("kernel_size")
    @classmethod
    def _odd(cls, value: int) -> int:
        if value % 2 == 0:
            raise ValueError(f"kernel_size must be odd, so that a filter is centred, got {value}; use {value + 1}")
        return value

    @model_validator(mode="after")
    def _branches_share_the_channels(self) -> "CnnConfig":
        if self.block == "inception" and self.channels % INCEPTION_BRANCHES:
            raise ValueError(
                f"channels must be a multiple of {INCEPTION_BRANCHES} for inception blocks, got {self.channels}; "
                f"use {self.channels + INCEPTION_BRANCHES - self.channels % INCEPTION_BRANCHES}"
            )
        return self

    @property
    def reach(self) -> int:
        """Steps to either side that one convolution or pooling can see, and at least 1."""
        if self.block == "inception":
            return max(inception_kernels(self.kernel_size)[-1], _POOLED_STEPS) // 2
        widest = dilation(self.n_layers - 1) if self.block == "dilated" else 1
        return max(1, widest * (self.kernel_size // 2))

    @property
    def receptive_field(self) -> int:
        """Steps that one output of the last layer can see."""
        if self.block == "dilated":
            return 1 + sum(2 * (self.kernel_size - 1) * dilation(layer) for layer in range(self.n_layers))
        widest = (
            max(inception_kernels(self.kernel_size)[-1], _POOLED_STEPS)
            if self.block == "inception"
            else self.kernel_size
        )
        return 1 + self.n_layers * (widest - 1)


def inception_kernels(kernel_size: int) -> tuple[int, int, int]:
    """The kernel sizes of an inception block: odd, each about twice the one before."""
    return kernel_size, 2 * kernel_size - 1, 4 * kernel_size - 3


def dilation(layer: int) -> int:
    """Gap between the steps that a filter of a dilated block sees: 1, 2, 4, ..."""
    return 1 << layer
