"""Diagonal state space: a bank of linear recurrences, computed as one long convolution."""

import math

import torch
from torch import Tensor, nn

from sequence_learning.encoders.base import SequenceEncoder
from sequence_learning.encoders.configs.state_space import StateSpaceConfig
from sequence_learning.encoders.dropout import Dropout
from sequence_learning.encoders.read_out import ReadOut
from sequence_learning.encoders.steps import Steps


class StateSpace(SequenceEncoder):
    r"""Pre-norm blocks of S4D: :math:`h_t = \bar A h_{t-1} + \bar B x_t`, :math:`y_t = 2\,\mathrm{Re}(C h_t) + D x_t`.

    :math:`A` is diagonal and complex with a negative real part, so that the state fades, and it starts as S4D-Lin. The
    output at a step depends on that step and older ones, so padding on the right cannot reach it. An empty sequence
    gives zeros. Cost :math:`O(L \log L\, d)` per block by convolution, parallel over steps; as a recurrence it would
    be :math:`O(L d N)`. Gu et al., *On the Parameterization and Initialization of Diagonal State Space Models*, 2022,
    https://arxiv.org/abs/2206.11893.

    Pros: long memory, parallel over steps. Cons: slow on short sequences.
    """

    config_class = StateSpaceConfig

    def __init__(self, d_in: int, config: StateSpaceConfig | None = None) -> None:
        super().__init__(d_in)
        config = config or StateSpaceConfig()
        self.embed = nn.Linear(d_in, config.d_model)
        self.blocks = nn.ModuleList(StateSpaceBlock(config) for _ in range(config.n_layers))
        self.norm = nn.LayerNorm(config.d_model)
        self.read_out = ReadOut(config.read_out, config.d_model)
        self.d_step = self.d_out = config.d_model

    def states(self, steps: Steps) -> Steps:
        """``(B, L, D) -> (B, L, d_model)``."""
        values = self.embed(steps.values)
        for block in self.blocks:
            values = block(values)
        return steps.with_values(self.norm(values))

    def pool(self, steps: Steps) -> Tensor:
        """``(B, L, d_model) -> (B, d_model)``."""
        return self.read_out(steps)  # type: ignore[no-any-return]

    def step_weights(self, steps: Steps, states: Steps) -> Tensor | None:
        """With attention pooling, how much each state counts, ``(B, L, 1)``."""
        return self.read_out.weights(states)


class StateSpaceBlock(nn.Module):
    """Norm, recurrences, GELU, mixing of their outputs by a gated linear unit; added to its input."""

    def __init__(self, config: StateSpaceConfig) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(config.d_model)
        self.recurrences = DiagonalRecurrences(config.d_model, config.d_state)
        self.mix = nn.Sequential(
            nn.GELU(),
            Dropout(config.dropout),
            nn.Linear(config.d_model, 2 * config.d_model),
            nn.GLU(dim=-1),
            Dropout(config.dropout),
        )

    def forward(self, steps: Tensor) -> Tensor:
        """``(B, L, d_model) -> (B, L, d_model)``."""
        return steps + self.mix(self.recurrences(self.norm(steps)))  # type: ignore[no-any-return]


class DiagonalRecurrences(nn.Module):
    """One linear recurrence per channel; ``(B, L, H) -> (B, L, H)``.

    Complex numbers are computed as pairs of real ones: weights stay ordinary arrays, and the model can be exported.
    """

    def __init__(self, n_channels: int, d_state: int) -> None:
        super().__init__()
        self.log_step = nn.Parameter(torch.empty(n_channels).uniform_(math.log(1e-3), math.log(1e-1)))
        self.log_decay = nn.Parameter(torch.full((n_channels, d_state), math.log(0.5)))
        self.frequency = nn.Parameter((math.pi * torch.arange(d_state)).repeat(n_channels, 1))
        self.read_real = nn.Parameter(torch.randn(n_channels, d_state) * 0.5**0.5)
        self.read_imaginary = nn.Parameter(torch.randn(n_channels, d_state) * 0.5**0.5)
        self.skip = nn.Parameter(torch.randn(n_channels))

    def discrete(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        r"""Real and imaginary parts of :math:`\Delta A`, the logarithm of a step's effect, and of :math:`C\bar B`.

        All are ``(H, N)``; :math:`\bar B = (e^{\Delta A} - 1) / A`.
        """
        decay, step = -self.log_decay.exp(), self.log_step.exp().unsqueeze(1)
        fade, turn = decay * step, self.frequency * step
        # The difference from 1 would cancel for small steps.
        grown = torch.expm1(fade) * turn.cos() - 2 * (turn / 2).sin().square()
        turned = fade.exp() * turn.sin()
        size = decay.square() + self.frequency.square()
        b_real = (grown * decay + turned * self.frequency) / size
        b_imaginary = (turned * decay - grown * self.frequency) / size
        real = self.read_real * b_real - self.read_imaginary * b_imaginary
        imaginary = self.read_real * b_imaginary + self.read_imaginary * b_real
        return fade, turn, real, imaginary

    def kernel(self, n_steps: int) -> Tensor:
        """What an input contributes ``0, 1, ... n_steps - 1`` steps later: ``(H, n_steps)``."""
        fade, turn, real, imaginary = (part.unsqueeze(-1) for part in self.discrete())
        later = torch.arange(n_steps, device=fade.device, dtype=fade.dtype)
        angle = turn * later
        return 2 * ((fade * later).exp() * (real * angle.cos() - imaginary * angle.sin())).sum(dim=1)

    def forward(self, steps: Tensor) -> Tensor:
        """Convolve every channel with its kernel, through the frequency domain."""
        n_steps = steps.shape[1]
        size = 2 * n_steps  # room enough that the end does not wrap round to the beginning
        channels = steps.transpose(1, 2)
        if torch.compiler.is_exporting():
            # ONNX Runtime fails on the half spectrum of real numbers where the length is not fixed.
            spectrum = torch.fft.fft(channels, n=size) * torch.fft.fft(self.kernel(n_steps), n=size)
            convolved = torch.fft.ifft(spectrum, n=size).real
        else:
            spectrum = torch.fft.rfft(channels, n=size) * torch.fft.rfft(self.kernel(n_steps), n=size)
            convolved = torch.fft.irfft(spectrum, n=size)
        result: Tensor = convolved[..., :n_steps] + channels * self.skip.unsqueeze(1)
        # Where values and gradients lie in another order, GELU's gradient takes a CPU six times as long.
        return result.transpose(1, 2).contiguous()
