"""Options of random convolution."""

from pydantic import Field

from sequence_learning.encoders.configs.base import EncoderConfig


class RandomConvolutionConfig(EncoderConfig):
    """How many kernels, and how far apart the steps that they see.

    Attributes:
        n_kernels: kernels of each dilation.
        n_dilations: dilations 1, 2, 4, ...; the widest kernel spans ``8 * 2 ** (n_dilations - 1) + 1`` steps.
        seed: of the kernels; the same seed gives the same encoder.
    """

    n_kernels: int = Field(128, ge=1)
    n_dilations: int = Field(3, ge=1)
    seed: int = Field(0, ge=0)

    @property
    def differentiable(self) -> bool:
        """A share of steps has no gradient."""
        return False
