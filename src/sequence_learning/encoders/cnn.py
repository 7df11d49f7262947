"""1D CNN: patterns of neighbouring steps, wherever they occur."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from sequence_learning.encoders.base import SequenceEncoder
from sequence_learning.encoders.configs.cnn import INCEPTION_BRANCHES, CnnConfig, dilation, inception_kernels
from sequence_learning.encoders.cpu_training import trains_in_16_bits_on_cpu, trains_on_cpu
from sequence_learning.encoders.dropout import Dropout
from sequence_learning.encoders.end_to_end import end_to_end, is_shorter
from sequence_learning.encoders.pooling import largest, mean
from sequence_learning.encoders.read_out import ReadOut
from sequence_learning.encoders.steps import Steps


class Cnn(SequenceEncoder):
    r"""Stacked convolutions :math:`h_t = \mathrm{ReLU}(\sum_j W_j x_{t+j} + b)`, then a pooling over the real steps.

    Both ends of a sequence are padded with zeros, and padded steps are set to zero again after every block, so that
    the end of a batch never leaks in. An empty sequence gives zeros. Cost :math:`O(L k H^2)` per layer, parallel over
    steps; a CPU trains on the sequences of a batch laid end to end, which spares it their padding. Plain: Waibel et
    al., *Time-Delay Neural Networks*, 1989; Wang et al., 2017, https://arxiv.org/abs/1611.06455. Dilated:
    Bai et al., *TCN*, 2018, https://arxiv.org/abs/1803.01271 (there causal, here centred, since the whole sequence is
    known). Inception: Ismail Fawaz et al., *InceptionTime*, 2020, https://arxiv.org/abs/1909.04939.

    Pros: finds short patterns wherever they occur. Cons: sees no further than its receptive field.
    """

    config_class = CnnConfig

    def __init__(self, d_in: int, config: CnnConfig | None = None) -> None:
        super().__init__(d_in)
        self.config = config = config or CnnConfig()
        widths = [d_in] + [config.channels] * (config.n_layers - 1)
        self.blocks = nn.ModuleList(_block(config, layer, width) for layer, width in enumerate(widths))
        self.dropout = Dropout(config.dropout)
        self.read_out = None if config.pooling == "mean_max" else ReadOut(config.pooling, config.channels)
        self.d_step = config.channels
        self.d_out = config.channels * (2 if self.read_out is None else 1)

    def states(self, steps: Steps) -> Steps:
        """``(B, L, D) -> (B, L, channels)``; a CPU trains on sequences laid end to end where that spares steps."""
        if trains_on_cpu(steps.values) and is_shorter(steps, self.config.reach):
            return end_to_end(steps, self.config.reach, self._convolve)
        return self._convolve(steps)

    def _convolve(self, steps: Steps) -> Steps:
        for block in self.blocks:
            steps = steps.with_values(self.dropout(block(steps)))
        return steps

    def pool(self, steps: Steps) -> Tensor:
        """``(B, L, channels) -> (B, channels)``, twice as wide for ``mean_max``."""
        if self.read_out is None:
            return torch.cat([mean(steps), largest(steps)], dim=1)
        return self.read_out(steps)  # type: ignore[no-any-return]

    def step_weights(self, steps: Steps, states: Steps) -> Tensor | None:
        """With attention pooling, how much each state counts, ``(B, L, 1)``."""
        return None if self.read_out is None else self.read_out.weights(states)


class PlainBlock(nn.Module):
    """Convolution, then ReLU; ``(B, L, D) -> (B, L, channels)``."""

    def __init__(self, d_in: int, channels: int, kernel_size: int) -> None:
        super().__init__()
        self.convolution = nn.Conv1d(d_in, channels, kernel_size, padding="same")

    def forward(self, steps: Steps) -> Tensor:
        """Values of the next layer; padded steps are not zero in them."""
        return _convolved(self.convolution, steps.values).relu()


class DilatedBlock(nn.Module):
    """Two dilated convolutions with ReLU, added to their input; ``(B, L, D) -> (B, L, channels)``.

    The input passes unchanged where the widths agree, through a linear map otherwise.
    """

    def __init__(self, d_in: int, channels: int, kernel_size: int, dilation: int) -> None:
        super().__init__()
        self.first = nn.Conv1d(d_in, channels, kernel_size, padding="same", dilation=dilation)
        self.second = nn.Conv1d(channels, channels, kernel_size, padding="same", dilation=dilation)
        self.shortcut = nn.Identity() if d_in == channels else nn.Linear(d_in, channels)

    def forward(self, steps: Steps) -> Tensor:
        """Values of the next layer; padded steps are not zero in them."""
        inside = steps.with_values(_convolved(self.first, steps.values).relu()).values
        return _convolved(self.second, inside).relu() + self.shortcut(steps.values)  # type: ignore[no-any-return]


class InceptionBlock(nn.Module):
    """Three kernel sizes and a max-pooling side by side, beside a shortcut; ``(B, L, D) -> (B, L, channels)``."""

    def __init__(self, d_in: int, channels: int, kernel_size: int) -> None:
        super().__init__()
        width = channels // INCEPTION_BRANCHES
        self.convolutions = nn.ModuleList(
            nn.Conv1d(d_in, width, kernel, padding="same") for kernel in inception_kernels(kernel_size)
        )
        self.pooled = nn.Linear(d_in, width)
        self.shortcut = nn.Linear(d_in, channels, bias=False)

    def forward(self, steps: Steps) -> Tensor:
        """Values of the next layer; padded steps are not zero in them."""
        # A padded zero must not win against negative neighbours.
        bottom = torch.finfo(steps.values.dtype).min
        beside = F.pad(steps.values.masked_fill(~steps.mask.unsqueeze(-1), bottom), (0, 0, 1, 1), value=bottom)
        pooled = torch.stack([beside[:, :-2], beside[:, 1:-1], beside[:, 2:]]).amax(dim=0)
        branches = [_convolved(convolution, steps.values) for convolution in self.convolutions]
        branches.append(self.pooled(steps.only_real(pooled)))
        return torch.cat(branches, dim=-1).relu() + self.shortcut(steps.values)  # type: ignore[no-any-return]


def _convolved(convolution: Any, x_seq: Tensor) -> Tensor:  # noqa: ANN401
    """``(B, L, D) -> (B, L, channels)``; as a matrix product where that is quicker: of one long row, and in 16 bits."""
    # In this order: an exporter would fix the number of rows.
    if trains_on_cpu(x_seq) and (len(x_seq) == 1 or trains_in_16_bits_on_cpu(x_seq)):
        n_steps, (size,), (spread,) = x_seq.shape[1], convolution.kernel_size, convolution.dilation
        wider = F.pad(x_seq, (0, 0, *[spread * (size // 2)] * 2))
        seen = torch.cat([wider[:, i * spread : i * spread + n_steps] for i in range(size)], dim=2)
        return F.linear(seen, convolution.weight.mT.flatten(1), convolution.bias)
    result: Tensor = convolution(x_seq.transpose(1, 2))
    return result.transpose(1, 2)


def _block(config: CnnConfig, layer: int, d_in: int) -> nn.Module:
    if config.block == "inception":
        return InceptionBlock(d_in, config.channels, config.kernel_size)
    if config.block == "dilated":
        return DilatedBlock(d_in, config.channels, config.kernel_size, dilation(layer))
    return PlainBlock(d_in, config.channels, config.kernel_size)
