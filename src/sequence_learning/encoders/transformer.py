"""Transformer encoder: every step looks at every other."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from sequence_learning.encoders.base import SequenceEncoder
from sequence_learning.encoders.configs.transformer import TransformerConfig
from sequence_learning.encoders.cpu_training import trains_in_16_bits_on_cpu
from sequence_learning.encoders.dropout import Dropout
from sequence_learning.encoders.read_out import ReadOut
from sequence_learning.encoders.steps import Steps

#: Attention weights of a batch and a layer, above which memory counts more than time.
_MOST_WEIGHTS = 2**26


class Transformer(SequenceEncoder):
    r"""Pre-norm Transformer encoder.

    :math:`h \gets h + \mathrm{softmax}(Q K^\top / \sqrt d) V`, then a feed-forward part, both on normalised steps.
    Positions count back from the newest event. An empty sequence gives zeros (with ``cls``, a constant). Cost
    :math:`O(L^2 d + L d^2)` per block, parallel over steps. Vaswani et al., 2017, https://arxiv.org/abs/1706.03762;
    pre-norm: Xiong et al., 2020, https://arxiv.org/abs/2002.04745; rotary positions: Su et al., *RoFormer*, 2021,
    https://arxiv.org/abs/2104.09864; the ``cls`` step: Devlin et al., *BERT*, 2019, https://arxiv.org/abs/1810.04805.

    Pros: relates events however far apart. Cons: quadratic in length, and hungry for data.
    """

    config_class = TransformerConfig

    def __init__(self, d_in: int, config: TransformerConfig | None = None) -> None:
        super().__init__(d_in)
        self.config = config or TransformerConfig()
        d_model = self.d_step = self.d_out = self.config.d_model
        self.embed = nn.Linear(d_in, d_model)
        if self.config.positions == "learned":
            self.position_table = nn.Embedding(self.config.n_positions, d_model)
        if self.config.read_out == "cls":
            self.cls_step = nn.Parameter(torch.zeros(d_model))
        else:
            self.read_out = ReadOut(self.config.read_out, d_model)
        self.blocks = nn.ModuleList(TransformerBlock(self.config) for _ in range(self.config.n_layers))
        self.norm = nn.LayerNorm(d_model)

    def states(self, steps: Steps) -> Steps:
        """``(B, L, D) -> (B, L, d_model)``; with ``cls``, ``L + 1`` steps, the first of which is the added one."""
        embedded, attended, positions = self._embedded(steps)
        values = embedded.values
        for block in self.blocks:
            values = block(values, attended, positions)
        return embedded.with_values(self.norm(values))

    def pool(self, steps: Steps) -> Tensor:
        """``(B, L, d_model) -> (B, d_model)``."""
        return steps.values[:, 0] if self.config.read_out == "cls" else self.read_out(steps)

    def step_weights(self, steps: Steps, states: Steps) -> Tensor:
        """Attention of the last block, ``(B, L, n_heads)``: how much the states that are read out look at each step.

        With ``cls``, what that step looks at itself with is missing from the sum. The blocks below have mixed the steps
        already, so this is a view of the encoder, no explanation of it: Jain & Wallace, 2019,
        https://arxiv.org/abs/1902.10186.
        """
        embedded, attended, positions = self._embedded(steps)
        values = embedded.values
        for block in self.blocks[:-1]:
            values = block(values, attended, positions)
        by_query = self.blocks[-1].attention(values, attended, positions).permute(0, 2, 3, 1)  # type: ignore[operator]
        # Queries are pooled as their states are.
        looked_at = self.pool(embedded.with_values(by_query.flatten(2)))
        return looked_at.view(len(looked_at), -1, self.config.n_heads)[:, -steps.mask.shape[1] :]

    def _embedded(self, steps: Steps) -> tuple[Steps, Tensor, Tensor]:
        """What the first block is given: steps, which of them may be looked at, and their positions, ``(B, L)``."""
        positions = steps.positions
        steps = steps.with_values(self._with_positions(self.embed(steps.values), positions))
        if self.config.read_out == "cls":
            steps = self._with_cls_step(steps)
            # The added step has the newest one's place: before the oldest, its place would move with every older event.
            positions = F.pad(positions, (1, 0))
        # Attention over no step at all is undefined: an empty sequence looks at its zero padding, which is not pooled.
        return steps, steps.mask | (steps.lengths == 0).unsqueeze(1), positions

    def _with_positions(self, values: Tensor, position: Tensor) -> Tensor:
        if self.config.positions == "sinusoidal":
            return values + sinusoidal_embedding(position, self.d_step, values.dtype)
        if self.config.positions == "learned":
            return values + self.position_table(position.clamp(max=self.config.n_positions - 1))  # type: ignore[no-any-return]
        return values

    def _with_cls_step(self, steps: Steps) -> Steps:
        """Put one step before the oldest."""
        return Steps(
            values=torch.cat([self.cls_step.expand(steps.values.shape[0], 1, -1), steps.values], dim=1),
            mask=torch.cat([torch.ones_like(steps.mask[:, :1]), steps.mask], dim=1),
            lengths=steps.lengths + 1,
            query=steps.query,
        )


class TransformerBlock(nn.Module):
    """Self-attention, then a feed-forward part; each normalised before and added to its input.

    In evaluation it computes what ``torch.nn.TransformerEncoderLayer(norm_first=True, activation="gelu")`` does, but
    always through PyTorch's fused attention, which that layer leaves for slower paths on a CPU. In training it drops
    no attention weights, and leaves the fused attention where a CPU trains in 16 bits.
    """

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.n_heads = config.n_heads
        self.rotary = config.positions == "rotary"
        self.attention_norm = nn.LayerNorm(config.d_model)
        self.query_key_value = nn.Linear(config.d_model, 3 * config.d_model)
        self.attention_out = nn.Linear(config.d_model, config.d_model)
        self.feedforward = nn.Sequential(
            nn.LayerNorm(config.d_model),
            nn.Linear(config.d_model, config.d_feedforward),
            nn.GELU(),
            Dropout(config.dropout),
            nn.Linear(config.d_feedforward, config.d_model),
            Dropout(config.dropout),
        )
        self.dropout = Dropout(config.dropout)

    def forward(self, steps: Tensor, attended: Tensor, position: Tensor) -> Tensor:
        """``(B, L, d_model) -> (B, L, d_model)``; ``attended`` ``(B, L)`` is True on steps that may be looked at."""
        steps = steps + self.dropout(self._attend(self.attention_norm(steps), attended, position))
        return steps + self.feedforward(steps)  # type: ignore[no-any-return]

    def attention(self, steps: Tensor, attended: Tensor, position: Tensor) -> Tensor:
        """What :meth:`forward` attends with, ``(B, heads, L, L)``: how much each step looks at each, summing to 1."""
        query, key, _ = self._heads(self.attention_norm(steps), position)
        scores = query @ key.transpose(2, 3) / math.sqrt(query.shape[-1])
        return scores.masked_fill(~attended[:, None, None], -torch.inf).softmax(dim=-1)

    def _attend(self, steps: Tensor, attended: Tensor, position: Tensor) -> Tensor:
        query, key, value = self._heads(steps, position)
        attend = _attention_in_16_bits if _leaves_fused_attention(value) else F.scaled_dot_product_attention
        mixed = attend(query, key, value, attn_mask=attended[:, None, None])
        return self.attention_out(mixed.transpose(1, 2).reshape(steps.shape))  # type: ignore[no-any-return]

    def _heads(self, steps: Tensor, position: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Query, key and value, each ``(B, heads, L, width)``."""
        heads = self.query_key_value(steps).view(*steps.shape[:2], 3, self.n_heads, -1)
        query, key, value = heads.permute(2, 0, 3, 1, 4)
        return (rotate(query, position), rotate(key, position), value) if self.rotary else (query, key, value)


def _leaves_fused_attention(value: Tensor) -> bool:
    """Where :func:`_attention_in_16_bits` is quicker, unless its weights, which are all kept, are too many."""
    n_rows, n_heads, n_steps, _ = value.shape
    return trains_in_16_bits_on_cpu(value) and n_rows * n_heads * n_steps**2 <= _MOST_WEIGHTS


def _attention_in_16_bits(query: Tensor, key: Tensor, value: Tensor, attn_mask: Tensor) -> Tensor:
    """What PyTorch's fused attention gives, whose gradient in 16 bits takes several times as long on a CPU.

    Every row must have a step that may be looked at.
    """
    unseen = torch.where(attn_mask, 0.0, -torch.inf).to(query.dtype)
    scores = unseen + (query / math.sqrt(query.shape[-1])) @ key.transpose(2, 3)
    return scores.softmax(dim=-1) @ value


def sinusoidal_embedding(position: Tensor, d_model: int, dtype: torch.dtype) -> Tensor:
    """Sines and cosines of ``position`` ``(B, L)`` at ``d_model / 2`` wave lengths: ``(B, L, d_model)``."""
    angle = _angles(position, d_model, dtype)
    return torch.cat([angle.sin(), angle.cos()], dim=-1).to(dtype)


def rotate(heads: Tensor, position: Tensor) -> Tensor:
    """Turn each head's pairs of numbers by angles that grow with ``position``: ``(B, heads, L, width)``.

    The product of a turned query and a turned key depends on the distance between their positions alone.
    """
    angle = _angles(position, heads.shape[-1], heads.dtype).unsqueeze(1)
    first, second = heads.chunk(2, dim=-1)
    sine, cosine = angle.sin().to(heads.dtype), angle.cos().to(heads.dtype)
    return torch.cat([first * cosine - second * sine, first * sine + second * cosine], dim=-1)


def _angles(position: Tensor, width: int, dtype: torch.dtype) -> Tensor:
    """``(B, L, width / 2)``, in no less than 32 bits: in 16, places 256 steps back are two apart."""
    dtype = torch.promote_types(dtype, torch.float32)
    exponent = torch.arange(0, width, 2, device=position.device, dtype=dtype) / width
    return position.to(dtype).unsqueeze(-1) * torch.exp(-math.log(10_000.0) * exponent)
