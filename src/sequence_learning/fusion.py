"""Fusion: how what the sequence says and what the tabular features say become one vector."""

import torch
from torch import Tensor, nn

from sequence_learning.category_embedding import concatenated
from sequence_learning.encoders.attention_pooling import AttentionPooling
from sequence_learning.encoders.base import SequenceEncoder
from sequence_learning.encoders.steps import Steps


class Concat(nn.Module):
    """Side by side; what the others build on.

    Attributes:
        d_encoding: width of what :meth:`encode` gives.
        d_out: width of what :meth:`forward` gives.

    Args:
        encoder: the sequence encoder; only its widths are read here.
        d_tabular: width of the tabular branch's vectors.
    """

    def __init__(self, encoder: SequenceEncoder, d_tabular: int) -> None:
        super().__init__()
        self.d_encoding = encoder.d_out
        self.d_out = d_tabular + encoder.d_out

    def encode(self, encoder: SequenceEncoder, states: Steps) -> Tensor:
        """From the steps to one vector per row: ``(B, L, d_step) -> (B, d_encoding)``.

        ``states.query`` ``(B, d_tabular)`` holds what the tabular features say.
        """
        return encoder.pool(self.modulate(states))

    def modulate(self, states: Steps) -> Steps:
        """The states that are pooled; unchanged unless overridden."""
        return states

    @property
    def only_pools(self) -> bool:
        """Whether :meth:`encode` gives what the encoder pools of its own states, and no more."""
        return type(self).encode is Concat.encode and type(self).modulate is Concat.modulate

    def forward(self, tabular: Tensor, encoded: Tensor) -> Tensor:
        """``(B, d_tabular)`` and ``(B, d_encoding)`` to ``(B, d_out)``; of members, ``(B, M, d_tabular)`` and so on."""
        return concatenated(tabular, _for_each_member(encoded, tabular))


class Gated(Concat):
    r"""A gate decides, number by number, between the two: :math:`z \odot h_s + (1 - z) \odot h_t`.

    :math:`h_s = \tanh(W_s s)`, :math:`h_t = \tanh(W_t t)`, :math:`z = \sigma(W_z [t; s])`. Arevalo et al., *Gated
    Multimodal Units*, 2017, https://arxiv.org/abs/1702.01992.
    """

    def __init__(self, encoder: SequenceEncoder, d_tabular: int) -> None:
        super().__init__(encoder, d_tabular)
        self.sequence = nn.Linear(self.d_encoding, d_tabular)
        self.tabular = nn.Linear(d_tabular, d_tabular)
        self.gate = nn.Linear(d_tabular + self.d_encoding, d_tabular)
        self.d_out = d_tabular

    def forward(self, tabular: Tensor, encoded: Tensor) -> Tensor:
        """``(B, d_tabular)`` and ``(B, d_encoding)`` to ``(B, d_tabular)``, with or without members."""
        gate = self.gate(super().forward(tabular, encoded)).sigmoid()
        sequence = _for_each_member(self.sequence(encoded).tanh(), tabular)
        return gate * sequence + (1 - gate) * self.tabular(tabular).tanh()  # type: ignore[no-any-return]


class Film(Concat):
    r"""The tabular features scale and shift every channel of the states before they are pooled; then side by side.

    :math:`\tilde h_t = (1 + \gamma(q)) \odot h_t + \beta(q)`, at the start :math:`\tilde h_t = h_t`. Perez et al.,
    *FiLM*, 2018, https://arxiv.org/abs/1709.07871.
    """

    def __init__(self, encoder: SequenceEncoder, d_tabular: int) -> None:
        super().__init__(encoder, d_tabular)
        self.scale_and_shift = nn.Linear(d_tabular, 2 * encoder.d_step)
        nn.init.zeros_(self.scale_and_shift.weight)
        nn.init.zeros_(self.scale_and_shift.bias)

    def modulate(self, states: Steps) -> Steps:
        """Scaled and shifted, ``(B, L, d_step) -> (B, L, d_step)``."""
        scale, shift = states.beside(self.scale_and_shift(states.query)).chunk(2, dim=-1)
        return states.with_values((1 + scale) * states.values + shift)


class Query(Concat):
    """The tabular features ask: a weighted average of the states, scored with them, beside the encoder's own pooling.

    See :class:`~sequence_learning.encoders.attention_pooling.AttentionPooling`; asking a history with what is known
    of the case: Zhou et al., *Deep Interest Network*, 2018, https://arxiv.org/abs/1706.06978.
    """

    def __init__(self, encoder: SequenceEncoder, d_tabular: int) -> None:
        super().__init__(encoder, d_tabular)
        self.attention = AttentionPooling(encoder.d_step, d_tabular, d_query=d_tabular)
        self.d_encoding += self.attention.d_out
        self.d_out += self.attention.d_out

    def encode(self, encoder: SequenceEncoder, states: Steps) -> Tensor:
        """Pool twice."""
        return torch.cat([encoder.pool(states), self.attention(states)], dim=-1)


FUSIONS: dict[str, type[Concat]] = {"concat": Concat, "gated": Gated, "film": Film, "query": Query}


def build_fusion(name: str, encoder: SequenceEncoder, d_tabular: int) -> Concat:
    """The fusion called ``name``; where sequence or tabular features are left out there is nothing to fuse."""
    return (FUSIONS[name] if encoder.d_out and d_tabular else Concat)(encoder, d_tabular)


def _for_each_member(encoded: Tensor, tabular: Tensor) -> Tensor:
    return encoded.unsqueeze(1).expand(-1, tabular.shape[1], -1) if tabular.ndim == 3 else encoded
