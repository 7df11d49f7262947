"""The whole model: tabular branch, sequence encoder, fusion by concatenation, head."""

import torch
from torch import Tensor, nn

from sequence_learning.batch import SequenceBatch
from sequence_learning.encoders import encoder_class
from sequence_learning.spec import InputSpec


class SequenceModel(nn.Module):
    """Predicts from tabular features and an encoded sequence.

    The encoding is standardised over the training batches (sums over long sequences would otherwise drown the
    tabular branch), put beside the tabular branch's output and read by an MLP.

    Args:
        spec: widths of the inputs and the output.
        encoder: a registered encoder's name.
        encoder_options: that encoder's options.
        d_tabular: hidden units of the tabular branch.
        d_head: hidden units of the head.
        dropout: share dropped in the head, from 0 up to 1.
    """

    def __init__(
        self,
        spec: InputSpec,
        encoder: str,
        encoder_options: dict[str, object] | None = None,
        *,
        d_tabular: int = 64,
        d_head: int = 64,
        dropout: float = 0.1,
    ) -> None:
        super().__init__()
        self.event_embedding = CategoryEmbedding(spec.event_categories)
        self.category_embedding = CategoryEmbedding(spec.categories)
        cls = encoder_class(encoder)
        self.encoder = cls(
            spec.n_channels + self.event_embedding.d_out,
            cls.config_class.model_validate(encoder_options or {}),
        )
        self.encoding_norm = nn.BatchNorm1d(self.encoder.d_out) if self.encoder.d_out else nn.Identity()
        self.tabular = nn.Sequential(nn.Linear(spec.n_numeric + self.category_embedding.d_out, d_tabular), nn.ReLU())
        self.head = nn.Sequential(
            nn.Linear(d_tabular + self.encoder.d_out, d_head),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(d_head, spec.n_outputs),
        )

    def forward(self, batch: SequenceBatch) -> Tensor:
        """Raw outputs ``(B, C)``: standardised target, logit of class 1, or one logit per class."""
        x_seq = torch.cat([batch.values, self.event_embedding(batch.codes)], dim=-1)
        encoded = self.encoding_norm(self.encoder(x_seq, batch.lengths))
        x_tab = torch.cat([batch.numeric, self.category_embedding(batch.categorical)], dim=-1)
        return self.head(torch.cat([self.tabular(x_tab), encoded], dim=-1))  # type: ignore[no-any-return]


class CategoryEmbedding(nn.Module):
    """One embedding table per categorical column, side by side.

    Shape: ``(..., K) int64 -> (..., d_out)``; width of a column with ``n`` codes is ``min(16, ceil(n / 2))``.
    """

    def __init__(self, n_codes: tuple[int, ...]) -> None:
        super().__init__()
        self.tables = nn.ModuleList(nn.Embedding(n, min(16, (n + 1) // 2)) for n in n_codes)
        self.d_out = sum(min(16, (n + 1) // 2) for n in n_codes)
        with torch.no_grad():
            for table in self.tables:
                # Code 0, unknown, may never occur in training: it says nothing, in place of something at random.
                table.weight[0] = 0.0  # type: ignore[operator]

    def forward(self, codes: Tensor) -> Tensor:
        """Vectors of all columns, concatenated."""
        vectors = [table(codes[..., k]) for k, table in enumerate(self.tables)]
        return torch.cat(vectors, dim=-1) if vectors else torch.zeros(*codes.shape[:-1], 0, device=codes.device)
