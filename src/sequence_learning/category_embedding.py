"""Categories as vectors, for tabular columns and for channels of events."""

import torch
from torch import Tensor, nn


class CategoryEmbedding(nn.Module):
    """One embedding table per categorical column, side by side.

    Shape: ``(..., K) int64 -> (..., d_out)``; width of a column with ``n`` codes is ``min(16, ceil(n / 2))``.
    """

    def __init__(self, n_codes: tuple[int, ...]) -> None:
        super().__init__()
        self.widths = [min(16, (n + 1) // 2) for n in n_codes]
        self.tables = nn.ModuleList(nn.Embedding(n, width) for n, width in zip(n_codes, self.widths, strict=True))
        self.d_out = sum(self.widths)
        with torch.no_grad():
            for table in self.tables:
                # Code 0, unknown, may never occur in training: it says nothing, in place of something at random.
                table.weight[0] = 0.0  # type: ignore[operator]

    def forward(self, codes: Tensor) -> Tensor:
        """Vectors of all columns, concatenated."""
        vectors = [table(codes[..., k]) for k, table in enumerate(self.tables)]
        return torch.cat(vectors, dim=-1) if vectors else torch.zeros(*codes.shape[:-1], 0, device=codes.device)


def with_categories(numbers: Tensor, codes: Tensor, embed: nn.Module) -> Tensor:
    """Numbers ``(..., D)`` and the vectors of codes ``(..., K)`` behind them; where there are none it costs nothing."""
    return concatenated(numbers, embed(codes)) if codes.shape[-1] else numbers


def concatenated(*parts: Tensor) -> Tensor:
    """``(..., D_i)`` to ``(..., sum of D_i)``; a part without width costs nothing."""
    wide = [part for part in parts if part.shape[-1]] or [parts[0]]
    return torch.cat(wide, dim=-1) if len(wide) > 1 else wide[0]
