"""Summaries of the real steps of each row. Padded steps of ``x_seq`` must be zero; an empty row gives zeros."""

import torch
from torch import Tensor


def masked_mean(x_seq: Tensor, lengths: Tensor) -> Tensor:
    """Mean over the real steps, ``(B, L, D) -> (B, D)``."""
    return x_seq.sum(dim=1) / lengths.clamp(min=1).unsqueeze(1)


def masked_std(x_seq: Tensor, mask: Tensor, lengths: Tensor) -> Tensor:
    """Population standard deviation over the real steps, ``(B, L, D) -> (B, D)``."""
    centred = (x_seq - masked_mean(x_seq, lengths).unsqueeze(1)) * mask.unsqueeze(-1)
    # The root has an infinite slope at zero; a constant channel must not turn gradients into NaN.
    return masked_mean(centred.square(), lengths).clamp(min=1e-12).sqrt() * (lengths > 0).unsqueeze(1)


def masked_max(x_seq: Tensor, mask: Tensor) -> Tensor:
    """Largest value over the real steps, ``(B, L, D) -> (B, D)``."""
    largest = x_seq.masked_fill(~mask.unsqueeze(-1), -torch.inf).amax(dim=1)
    return torch.where(mask.any(dim=1, keepdim=True), largest, 0.0)


def masked_min(x_seq: Tensor, mask: Tensor) -> Tensor:
    """Smallest value over the real steps, ``(B, L, D) -> (B, D)``."""
    return -masked_max(-x_seq, mask)


def last_step(x_seq: Tensor, lengths: Tensor) -> Tensor:
    """The newest real step, ``(B, L, D) -> (B, D)``."""
    newest = (lengths - 1).clamp(min=0).view(-1, 1, 1).expand(-1, 1, x_seq.shape[2])
    return x_seq.gather(1, newest).squeeze(1) * (lengths > 0).unsqueeze(1)


def masked_softmax(scores: Tensor, mask: Tensor) -> Tensor:
    """Softmax of ``scores`` ``(B, L, ...)`` over the real steps, zero on the others."""
    # A finite floor, not -inf: a row without real steps would be 0/0.
    floored = scores.masked_fill(~mask, torch.finfo(scores.dtype).min)
    return torch.where(mask, floored.softmax(dim=1), 0.0)


def masked_quantile(x_seq: Tensor, mask: Tensor, lengths: Tensor, quantile: float) -> Tensor:
    """Quantile over the real steps with linear interpolation, as numpy's default, ``(B, L, D) -> (B, D)``."""
    ascending = x_seq.masked_fill(~mask.unsqueeze(-1), torch.inf).sort(dim=1).values
    rank = quantile * (lengths - 1).clamp(min=0).to(x_seq.dtype)
    below, above = (
        ascending.gather(1, index.long().view(-1, 1, 1).expand(-1, 1, x_seq.shape[2])).squeeze(1)
        for index in (rank.floor(), rank.ceil())
    )
    between = torch.lerp(below, above, (rank - rank.floor()).unsqueeze(1))
    return torch.where(mask.any(dim=1, keepdim=True), between, 0.0)


def reversed_steps(x_seq: Tensor, lengths: Tensor) -> Tensor:
    """The real steps of each row in reverse order, ``(B, L, D) -> (B, L, D)``; padding stays on the right."""
    step = torch.arange(x_seq.shape[1], device=x_seq.device)
    mirrored = lengths.unsqueeze(1) - 1 - step
    index = torch.where(mirrored >= 0, mirrored, step)
    return x_seq.gather(1, index.unsqueeze(-1).expand_as(x_seq))
