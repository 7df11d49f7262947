"""Transformer encoder: every step looks at every other."""

import math

import torch
from pydantic import Field, model_validator
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from sequence_learning.batch import positions_from_newest
from sequence_learning.encoders.base import EncoderConfig, SequenceEncoder
from sequence_learning.encoders.pooling import masked_mean


class TransformerConfig(EncoderConfig):
    """Shape of the stack.

    Attributes:
        d_model: width of a step inside; even, and a multiple of ``n_heads``.
        n_heads: attention heads.
        n_layers: blocks.
        d_feedforward: hidden units of each block's feed-forward part.
        dropout: share dropped inside the blocks, from 0 up to 1.
    """

    d_model: int = Field(64, ge=2, multiple_of=2)
    n_heads: int = Field(4, ge=1)
    n_layers: int = Field(2, ge=1)
    d_feedforward: int = Field(128, ge=1)
    dropout: float = Field(0.1, ge=0, lt=1)

    @model_validator(mode="after")
    def _heads_share_the_width(self) -> "TransformerConfig":
        if self.d_model % self.n_heads:
            raise ValueError(
                f"d_model must be a multiple of n_heads, got {self.d_model} and {self.n_heads}; change one of them"
            )
        return self


class Transformer(SequenceEncoder):
    r"""Pre-norm Transformer encoder with sinusoidal positions, then the mean over the real steps.

    Positions count back from the newest event. An empty sequence gives zeros. Cost
    :math:`O(L^2 d + L d^2)` per block, parallel over steps. Vaswani et al., 2017,
    https://arxiv.org/abs/1706.03762; pre-norm: Xiong et al., 2020, https://arxiv.org/abs/2002.04745.
    """

    config_class = TransformerConfig

    def __init__(self, d_in: int, config: TransformerConfig | None = None) -> None:
        nn.Module.__init__(self)
        config = config or TransformerConfig()
        self.embed = nn.Linear(d_in, config.d_model)
        self.blocks = nn.ModuleList(TransformerBlock(config) for _ in range(config.n_layers))
        self.norm = nn.LayerNorm(config.d_model)
        self.d_out = config.d_model

    def encode(self, x_seq: Tensor, mask: Tensor, lengths: Tensor) -> Tensor:
        """``(B, L, D) -> (B, d_model)``."""
        position = positions_from_newest(lengths, x_seq.shape[1]).clamp(min=0)
        steps = self.embed(x_seq) + sinusoidal_embedding(position, self.d_out, x_seq.dtype)
        # Attention over no step at all is undefined: let an empty sequence look at its zero padding, which the
        # mean below ignores.
        attended = mask | (lengths == 0).unsqueeze(1)
        for block in self.blocks:
            steps = block(steps, attended)
        return masked_mean(self.norm(steps) * mask.unsqueeze(-1), lengths)


class TransformerBlock(nn.Module):
    """Self-attention, then a feed-forward part; each normalised before and added to its input.

    In evaluation it computes what ``torch.nn.TransformerEncoderLayer(norm_first=True, activation="gelu")`` does, but
    always through PyTorch's fused attention, which that layer leaves for slower paths on a CPU. In training it drops
    no attention weights.
    """

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.n_heads = config.n_heads
        self.attention_norm = nn.LayerNorm(config.d_model)
        self.query_key_value = nn.Linear(config.d_model, 3 * config.d_model)
        self.attention_out = nn.Linear(config.d_model, config.d_model)
        self.feedforward = nn.Sequential(
            nn.LayerNorm(config.d_model),
            nn.Linear(config.d_model, config.d_feedforward),
            nn.GELU(),
            nn.Dropout(config.dropout),
            nn.Linear(config.d_feedforward, config.d_model),
            nn.Dropout(config.dropout),
        )
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, steps: Tensor, attended: Tensor) -> Tensor:
        """``(B, L, d_model) -> (B, L, d_model)``; ``attended`` ``(B, L)`` is True on steps that may be looked at."""
        steps = steps + self.dropout(self._attend(self.attention_norm(steps), attended))
        return steps + self.feedforward(steps)  # type: ignore[no-any-return]

    def _attend(self, steps: Tensor, attended: Tensor) -> Tensor:
        b, n_steps, d_model = steps.shape
        heads = self.query_key_value(steps).view(b, n_steps, 3, self.n_heads, -1)
        query, key, value = heads.permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(query, key, value, attn_mask=attended[:, None, None])
        return self.attention_out(mixed.transpose(1, 2).reshape(b, n_steps, d_model))  # type: ignore[no-any-return]


def sinusoidal_embedding(position: Tensor, d_model: int, dtype: torch.dtype) -> Tensor:
    """Sines and cosines of ``position`` ``(B, L)`` at ``d_model / 2`` wave lengths: ``(B, L, d_model)``."""
    exponent = torch.arange(0, d_model, 2, device=position.device, dtype=dtype) / d_model
    angle = position.to(dtype).unsqueeze(-1) * torch.exp(-math.log(10_000.0) * exponent)
    return torch.cat([angle.sin(), angle.cos()], dim=-1)
