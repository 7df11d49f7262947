"""The whole model: sequence encoder, tabular branch, fusion, head."""

from copy import copy
from typing import Self

import torch
from torch import Tensor, nn

from sequence_learning.batch import RaggedBatch, SequenceBatch, together
from sequence_learning.category_embedding import CategoryEmbedding, with_categories
from sequence_learning.encoders import encoder_class
from sequence_learning.encoders.dropout import Dropout
from sequence_learning.encoders.precomputed import Precomputed
from sequence_learning.encoders.ragged_steps import RaggedSteps
from sequence_learning.encoders.steps import Steps
from sequence_learning.fusion import build_fusion
from sequence_learning.parameters import EncoderParameters, ModelParameters
from sequence_learning.spec import InputSpec
from sequence_learning.tabular_branch import build_tabular_branch


class SequenceModel(nn.Module):
    """Predicts from tabular features and an encoded sequence.

    The encoding is standardised over the training batches (sums over long sequences would otherwise drown the
    tabular branch), fused with the tabular branch's output and read by an MLP. Where the tabular branch is an
    ensemble, every member has an output of its own.

    Attributes:
        encoding_is_fixed: whether training does not change what :meth:`encode` gives.

    Args:
        spec: widths of the inputs and the output.
        encoder: a registered encoder's name and options.
        parameters: tabular branch, fusion and head; the defaults if None.

    Raises:
        ValueError: if the encoder weighs by time and the data have none, or is asked with a query of another width
            than the tabular branch gives.
    """

    def __init__(self, spec: InputSpec, encoder: EncoderParameters, parameters: ModelParameters | None = None) -> None:
        super().__init__()
        parameters = parameters or ModelParameters()
        self.event_embedding = CategoryEmbedding(spec.event_categories)
        d_in = spec.n_channels + self.event_embedding.d_out
        # What no gradient reaches stays as it was drawn: it must not decay, either.
        self.event_embedding.requires_grad_(encoder.config.differentiable)
        self.encoder = encoder_class(encoder.name)(d_in, encoder.config)
        self.tabular = build_tabular_branch(spec, parameters)
        _check_fit(encoder, spec, self.tabular.d_out)
        self.fusion = build_fusion(parameters.fusion, self.encoder, self.tabular.d_out)
        learned = [*self.encoder.parameters(), *self.event_embedding.parameters()]
        self.encoding_is_fixed = (
            self.encoder.fixed and self.fusion.only_pools and not any(p.requires_grad for p in learned)
        )
        self.encoding_norm = nn.BatchNorm1d(self.fusion.d_encoding) if self.fusion.d_encoding else nn.Identity()
        self.head = nn.Sequential(
            nn.Linear(self.fusion.d_out, parameters.d_head),
            nn.ReLU(),
            Dropout(parameters.dropout),
            nn.Linear(parameters.d_head, spec.n_outputs),
        )

    def forward(self, batch: SequenceBatch) -> Tensor:
        """Raw outputs ``(B, C)``: standardised target, logit of class 1, or a logit per class; means over members."""
        return _mean_of_members(self.members(batch))

    def members(self, *buckets: SequenceBatch) -> Tensor:
        """Raw outputs for the rows of all buckets, ``(B, C)``; of an ensemble those of every member, ``(B, M, C)``.

        Buckets are parts of one batch, each padded by itself, or one batch without padding. Encodings are standardised
        over all of them together.
        """
        tabular = self.tabular(together([b.numeric for b in buckets]), together([b.categorical for b in buckets]))
        n_rows = [bucket.lengths.shape[0] for bucket in buckets]  # by len(), an exporter would take them for fixed
        query = _mean_of_members(tabular)
        # A bucket alone is all rows: what is nothing to compute still takes its time.
        queries = torch.split(query, n_rows) if len(buckets) > 1 else (query,)
        encoded = together([self.encode(bucket, query) for bucket, query in zip(buckets, queries, strict=True)])
        return self.head(self.fusion(tabular, self.encoding_norm(encoded)))  # type: ignore[no-any-return]

    def encode(self, batch: SequenceBatch, query: Tensor | None = None) -> Tensor:
        """What the sequences of a batch say, asked with ``query`` ``(B, d_tabular)``: ``(B, fusion.d_encoding)``."""
        return self.fusion.encode(self.encoder, self.encoder.states(self.steps(batch, query)))

    def behind_encoder(self) -> Self:
        """This model with the same weights, which reads as sequences of one step what :meth:`encode` gives."""
        model = copy(self)
        model._modules = dict(self._modules)  # which a copy of a module shares with it
        model.encoder = Precomputed(self.fusion.d_encoding)
        model.event_embedding = CategoryEmbedding(())
        return model

    def step_weights(self, batch: SequenceBatch) -> Tensor | None:
        """How much each step counts, ``(B, L, H)``, where the encoder says so; see ``SequenceEncoder.step_weights``.

        What a fusion that asks the states weighs them with is not the encoder's, and not told here.
        """
        steps = self.steps(batch, query=_mean_of_members(self.tabular(batch.numeric, batch.categorical)))
        return self.encoder.step_weights(steps, self.fusion.modulate(self.encoder.states(steps)))

    def steps(self, batch: SequenceBatch, query: Tensor | None = None) -> Steps:
        """What the encoder is given: numbers and embedded categories of every step."""
        x_seq = with_categories(batch.values, batch.codes, self.event_embedding)
        if not isinstance(batch, RaggedBatch):
            return Steps.of(x_seq, batch.lengths, batch.ages, query)
        ragged = RaggedSteps.of(x_seq, batch.lengths, batch.ages, query)
        return ragged if self.encoder.reads_ragged else ragged.padded()


def _mean_of_members(vectors: Tensor) -> Tensor:
    """``(B, M, ...)`` or, without an ensemble, ``(B, ...)``, to ``(B, ...)``."""
    return vectors.mean(dim=1) if vectors.ndim == 3 else vectors


def _check_fit(encoder: EncoderParameters, spec: InputSpec, d_tabular: int) -> None:
    if encoder.config.needs_ages and not spec.has_ages:
        raise ValueError(
            f"encoder {encoder.name} weighs by time, but the prepared features have none; "
            "set schema.time, or the encoder's unit to steps"
        )
    d_query = getattr(encoder.config, "d_query", 0)
    if d_query not in {0, d_tabular}:
        raise ValueError(
            f"encoder {encoder.name} must be asked with what the tabular branch gives, {d_tabular} numbers, "
            f"got d_query {d_query}; set it to model.d_tabular, or to 0 for no query"
        )
