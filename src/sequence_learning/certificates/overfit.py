"""A whole model fits sixteen rows that differ in their sequences alone."""

from dataclasses import replace

import torch
from torch.nn import functional as F  # noqa: N812

from sequence_learning.batch import SequenceBatch
from sequence_learning.certificates.certificate import Certificate, Promise
from sequence_learning.certificates.subject import D_IN, LONGEST, Subject
from sequence_learning.model import SequenceModel
from sequence_learning.parameters import EncoderParameters, ModelParameters
from sequence_learning.spec import InputSpec

_ENOUGH = 1e-3
_BY_SEQUENCE = Promise(
    "overfit",
    "<=",
    _ENOUGH,
    "A model with this encoder fits one batch of 16 rows through the sequences alone (share of variance left).",
)
_BY_TABLE = Promise(
    "overfit",
    "<=",
    _ENOUGH,
    "A model without a sequence fits one batch of 16 rows through tabular features (share of variance left).",
)
_SPEC = InputSpec(n_channels=D_IN, event_categories=(), n_numeric=2, categories=(), n_outputs=1, has_ages=True)
_ROWS = 16
_MOST_STEPS = 1000


def overfit(subject: Subject) -> Certificate:
    """Train on one batch until next to nothing of the target's variance is left.

    The tabular features of all rows are alike, so that only the sequences tell them apart; the encoder without a
    sequence is given rows that differ in their tabular features.
    """
    batch, promise = _batch(), _BY_TABLE
    if subject.has_vector:
        batch, promise = replace(batch, numeric=torch.zeros_like(batch.numeric)), _BY_SEQUENCE
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = SequenceModel(
            _SPEC,
            EncoderParameters(name=subject.encoder, **subject.config.model_dump()),
            ModelParameters(d_tabular=subject.d_query or 8, d_head=64, dropout=0.0),
        )
        return promise.given(subject, _lowest_loss(model, batch))


def _batch() -> SequenceBatch:
    """Rows of all lengths, one of them empty, and a standardised target that is pure chance."""
    generator = torch.Generator().manual_seed(3)
    lengths = torch.cat([torch.arange(LONGEST), torch.full((_ROWS - LONGEST,), LONGEST)])
    target = torch.randn(_ROWS, generator=generator)
    return SequenceBatch(
        values=torch.randn(_ROWS, LONGEST, D_IN, generator=generator),
        codes=torch.zeros(_ROWS, LONGEST, 0, dtype=torch.int64),
        lengths=lengths,
        numeric=torch.randn(_ROWS, _SPEC.n_numeric, generator=generator),
        categorical=torch.zeros(_ROWS, 0, dtype=torch.int64),
        target=(target - target.mean()) / target.std(correction=0),
        ages=torch.rand(_ROWS, LONGEST, generator=generator).flip(1).cumsum(dim=1).flip(1),
    )


def _lowest_loss(model: SequenceModel, batch: SequenceBatch) -> float:
    # Dropout exists to keep a model from this; the norm must see the batch all the same.
    model.eval()
    model.encoding_norm.train()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
    lowest = float("inf")
    for _ in range(_MOST_STEPS):
        loss = F.mse_loss(model(batch).squeeze(1), batch.target)
        lowest = min(lowest, loss.item())
        if lowest < _ENOUGH:
            break
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    return lowest
