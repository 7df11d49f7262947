"""Encoders that break one promise each, in the way such promises are broken."""

from dataclasses import replace

import torch
from torch import Tensor, nn

from sequence_learning.certificates.subject import Subject
from sequence_learning.encoders.base import SequenceEncoder
from sequence_learning.encoders.configs.base import EncoderConfig
from sequence_learning.encoders.configs.learned_static_positional_weighting import (
    LearnedStaticPositionalWeightingConfig,
)
from sequence_learning.encoders.configs.transformer import TransformerConfig
from sequence_learning.encoders.learned_static_positional_weighting import LearnedStaticPositionalWeighting
from sequence_learning.encoders.pooling import mean
from sequence_learning.encoders.steps import Steps
from sequence_learning.encoders.transformer import Transformer, sinusoidal_embedding


class OrderFree(EncoderConfig):
    @property
    def order_free(self) -> bool:
        return True


class InTime(OrderFree):
    @property
    def needs_ages(self) -> bool:
        return True


class Mean(SequenceEncoder):
    """Keeps every promise; the broken ones differ from it by a line."""

    config_class: type[EncoderConfig] = OrderFree

    def __init__(self, d_in: int, config: EncoderConfig | None = None) -> None:
        super().__init__(d_in)
        self.d_out = d_in

    def pool(self, steps: Steps) -> Tensor:
        return mean(steps)


class MeanOverPadding(Mean):
    def pool(self, steps: Steps) -> Tensor:
        return steps.values.mean(dim=1)


class PaddingTimesZero(Mean):
    """NaN times zero is NaN."""

    def forward(
        self, x_seq: Tensor, lengths: Tensor, ages: Tensor | None = None, query: Tensor | None = None
    ) -> Tensor:
        steps = Steps.of(x_seq, lengths)
        return mean(replace(steps, values=x_seq * steps.mask.unsqueeze(-1)))


class PaddingRead(Mean):
    def forward(
        self, x_seq: Tensor, lengths: Tensor, ages: Tensor | None = None, query: Tensor | None = None
    ) -> Tensor:
        return x_seq.nan_to_num().sum(dim=1)


class CentredOverTheBatch(Mean):
    def pool(self, steps: Steps) -> Tensor:
        vector = super().pool(steps)
        return vector - vector.mean(dim=0)


class PairsOfRows(Mean):
    """Right but for the place of a row in its batch."""

    def pool(self, steps: Steps) -> Tensor:
        vector = super().pool(steps)
        return vector * (1 + torch.arange(len(vector)) % 2).unsqueeze(1)


class Newest(Mean):
    """Says that it is order-free, and is not."""

    def pool(self, steps: Steps) -> Tensor:
        return steps.newest(steps.values)


class Orderless(Mean):
    """Says that the order matters, and it does not."""

    config_class = EncoderConfig


class DeafToAges(Mean):
    config_class = InTime


class NoLengthZero(Mean):
    def pool(self, steps: Steps) -> Tensor:
        return steps.values.sum(dim=1) / steps.lengths.unsqueeze(1)


class TooWide(Mean):
    def pool(self, steps: Steps) -> Tensor:
        return torch.cat([super().pool(steps)] * 2, dim=1)


class Unused(Mean):
    def __init__(self, d_in: int, config: EncoderConfig | None = None) -> None:
        super().__init__(d_in)
        self.used = nn.Parameter(torch.ones(d_in))
        self.unused = nn.Parameter(torch.ones(d_in))

    def pool(self, steps: Steps) -> Tensor:
        return super().pool(steps) * self.used


class NaNGradient(Mean):
    """The root of a variance: finite, but with an infinite slope where there is none."""

    def __init__(self, d_in: int, config: EncoderConfig | None = None) -> None:
        super().__init__(d_in)
        self.scale = nn.Parameter(torch.ones(d_in))

    def pool(self, steps: Steps) -> Tensor:
        return (super().pool(steps) * self.scale).square().sqrt()


class HalfDetached(Mean):
    def pool(self, steps: Steps) -> Tensor:
        vector = super().pool(steps)
        return vector + vector.detach()


class Deaf(Mean):
    def pool(self, steps: Steps) -> Tensor:
        return super().pool(steps) * 0


class Unsaved(Mean):
    def __init__(self, d_in: int, config: EncoderConfig | None = None) -> None:
        super().__init__(d_in)
        self.scale = torch.randn(d_in)

    def pool(self, steps: Steps) -> Tensor:
        return super().pool(steps) * self.scale


class OneLength(Mean):
    """A loop over steps is unrolled for the length of the example."""

    def pool(self, steps: Steps) -> Tensor:
        total = steps.values[:, 0]
        for t in range(1, steps.values.shape[1]):
            total = total + steps.values[:, t]
        return total


class OtherWhenExported(Mean):
    def pool(self, steps: Steps) -> Tensor:
        return super().pool(steps) * (2 if torch.compiler.is_exporting() else 1)


class OtherEveryTime(Mean):
    def __init__(self, d_in: int, config: EncoderConfig | None = None) -> None:
        super().__init__(d_in)
        self.calls = 0

    def pool(self, steps: Steps) -> Tensor:
        self.calls += 1
        return super().pool(steps) * self.calls


class WeightsFromTheOldest(LearnedStaticPositionalWeighting):
    def pool(self, steps: Steps) -> Tensor:
        place = torch.arange(steps.mask.shape[1]).clamp(max=len(self.theta) - 1)
        weight = steps.softmax(self.theta[place].expand_as(steps.mask).unsqueeze(-1))
        return steps.weighted_sums(weight, steps.values).flatten(1)


class PlacesFromTheOldest(Transformer):
    def _with_positions(self, values: Tensor, position: Tensor) -> Tensor:
        return super()._with_positions(values, torch.arange(values.shape[1]).expand_as(position))


class PlaceOfTheAddedStep(Transformer):
    """The added step stands before the oldest, ever further from the newest."""

    def _with_cls_step(self, steps: Steps) -> Steps:
        whole = super()._with_cls_step(steps)
        place = sinusoidal_embedding(whole.positions[:, :1], self.d_step, whole.values.dtype)
        return whole.with_values(torch.cat([whole.values[:, :1] + place, whole.values[:, 1:]], dim=1))


def subject_of(cls: type[SequenceEncoder], config: EncoderConfig | None = None, encoder: str = "gru") -> Subject:
    return Subject(encoder, cls.__name__, cls, config or cls.config_class())


POSITIONS = LearnedStaticPositionalWeightingConfig(n_positions=12)
SMALL_TRANSFORMER = TransformerConfig(d_model=8, n_heads=2, d_feedforward=16)
SMALL_CLS = TransformerConfig(d_model=8, n_heads=2, d_feedforward=16, read_out="cls")
