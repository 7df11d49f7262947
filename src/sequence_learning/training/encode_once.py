"""Encodings that training cannot change are computed once, not in every epoch."""

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from sequence_learning.dataloaders import BucketedDataset, RaggedDataset, rows_by_length
from sequence_learning.features.model_input import ModelInput
from sequence_learning.model import SequenceModel

#: Numbers of all encodings: a quarter of a gigabyte, in every process that trains.
_MOST = 2**26

_BATCH_SIZE = 256


def encoded_once(model: SequenceModel, model_input: ModelInput) -> tuple[SequenceModel, ModelInput]:
    """What is trained in place of ``model``, and on what.

    Where nothing is learned of the sequences and their encodings have room in memory, that is the model behind the
    encoder, whose weights are the model's own, and the encodings of all training and validation rows as sequences of
    one step; test rows have none. Otherwise it is what was given.

    Args:
        model: in evaluation mode, on a CPU.
        model_input: prepared features.
    """
    rows = np.union1d(model_input.rows("train"), model_input.rows("validation"))
    if not model.encoding_is_fixed or len(rows) * model.fusion.d_encoding > _MOST:
        return model, model_input
    encoded = replace(
        model_input,
        values=_encodings(model, model_input, rows).numpy(),
        codes=np.zeros((len(rows), 0), dtype=np.int32),
        ages=None,
        offsets=np.searchsorted(rows, np.arange(len(model_input) + 1)),
    )
    return model.behind_encoder(), encoded


def _encodings(model: SequenceModel, model_input: ModelInput, rows: np.ndarray) -> Tensor:
    """Of ``rows``, ``(len(rows), d_encoding)``."""
    kind = RaggedDataset if model.encoder.reads_ragged else BucketedDataset
    encodings = torch.empty(len(rows), model.fusion.d_encoding)
    with torch.no_grad():
        for portion in model_input.portions(rows):
            dataset = kind(model_input, rows[portion]).in_memory()
            # Either kind leaves rows that are sorted by length where they are.
            for members in rows_by_length(dataset.model_input, dataset.rows, _BATCH_SIZE):
                parts = [model.encode(part) for part in dataset.__getitems__(members)]
                encodings[torch.from_numpy(portion[members])] = torch.cat(parts)
            del dataset  # before the next takes its place
    return encodings
