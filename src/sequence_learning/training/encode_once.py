"""Encodings that training cannot change are computed once, not in every epoch."""

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from sequence_learning.dataloaders import BucketedDataset, RaggedDataset, batches_by_length
from sequence_learning.features.model_input import ModelInput
from sequence_learning.model import SequenceModel

#: The most numbers that all encodings may have together, in every process that trains: 134 megabytes.
_MOST = 2**25

#: Rows that are encoded at a time: more where an encoder keeps no more of them than their steps.
_ROWS, _ROWS_OF_A_POOLING = 256, 1024


def encoded_once(model: SequenceModel, model_input: ModelInput) -> tuple[SequenceModel, ModelInput]:
    """What is trained in place of ``model``, and on what.

    Where nothing is learned of the sequences and their encodings have room in memory, that is the model behind the
    encoder, whose weights are the model's own, and the encodings of all training and validation rows as sequences of
    one step, in 32 bits; test rows have none. Otherwise it is what was given.

    Args:
        model: in evaluation mode, on a CPU.
        model_input: prepared features.
    """
    rows = np.union1d(model_input.rows("train"), model_input.rows("validation"))
    if not model.encoding_is_fixed or len(rows) * model.fusion.d_encoding > _room(model_input):
        return model, model_input
    encoded = replace(
        model_input,
        values=_encodings(model, model_input, rows).numpy(),
        codes=np.zeros((len(rows), 0), dtype=np.int32),
        ages=None,
        offsets=np.searchsorted(rows, np.arange(len(model_input) + 1)),
    )
    return model.behind_encoder(), encoded


def _room(model_input: ModelInput) -> int:
    """For how many numbers there is: where features need not fit into memory, for those of a window."""
    if model_input.window_events is None:
        return _MOST
    return min(_MOST, model_input.window_events * model_input.spec.n_channels)


def _encodings(model: SequenceModel, model_input: ModelInput, rows: np.ndarray) -> Tensor:
    """Of ``rows``, ``(len(rows), d_encoding)``."""
    encodings = torch.empty(len(rows), model.fusion.d_encoding)
    if not encodings.numel():
        return encodings
    # Either leaves sorted rows where they are.
    kind, size = (RaggedDataset, _ROWS_OF_A_POOLING) if model.encoder.reads_ragged else (BucketedDataset, _ROWS)
    with torch.no_grad():
        for places, parts in batches_by_length(kind, model_input, rows, size):
            encodings[places] = torch.cat([model.encode(part) for part in parts])
    return encodings
