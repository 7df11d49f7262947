"""Predictions of a trained model in the units of the target."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn

from sequence_learning.batch import SequenceBatch, together
from sequence_learning.dataloaders import BucketedDataset, batches_by_length
from sequence_learning.features.model_input import ModelInput
from sequence_learning.spec import TargetSpec

#: A model in evaluation mode, or its exported graph: from a batch to raw outputs ``(B, C)``.
Network = Callable[[SequenceBatch], Tensor]


def predict(model: Network, model_input: ModelInput, rows: np.ndarray, batch_size: int = 1024) -> dict[str, np.ndarray]:
    """Predict ``rows`` with a model in evaluation mode.

    Returns:
        Columns of length ``len(rows)``: ``prediction`` (regression), or ``p_0``, ``p_1``, ... (the probability of
        each class).
    """
    return to_predictions(raw_outputs(model, model_input, rows, batch_size), model_input.target_spec)


def raw_outputs(model: Network, model_input: ModelInput, rows: np.ndarray, batch_size: int = 1024) -> Tensor:
    """What a model in evaluation mode gives for ``rows``, ``(len(rows), C)``; on a GPU, if that is where it is.

    Rows of like length go through it together, ``batch_size`` of them at most, so that little is padded.
    """
    device = next((p.device for p in model.parameters()), None) if isinstance(model, nn.Module) else None
    output = torch.empty(len(rows), model_input.spec.n_outputs)
    with torch.inference_mode():
        for places, buckets in batches_by_length(BucketedDataset, model_input, rows, batch_size):
            parts = [model(bucket if device is None else bucket.to(device)) for bucket in buckets]
            output[places] = together(parts).cpu()
    return output


def to_predictions(output: Tensor, target_spec: TargetSpec) -> dict[str, np.ndarray]:
    """Raw outputs ``(N, C)`` as predictions in original units, or probabilities."""
    if target_spec.task == "regression":
        return {"prediction": (output.double().squeeze(1) * target_spec.std + target_spec.mean).numpy()}
    if target_spec.task == "binary":
        positive = output.double().squeeze(1).sigmoid()
        probabilities = torch.stack([1 - positive, positive], dim=1)
    else:
        probabilities = output.double().softmax(dim=1)
    return {f"p_{k}": probabilities[:, k].numpy() for k in range(probabilities.shape[1])}


def original_target(model_input: ModelInput, rows: np.ndarray) -> np.ndarray:
    """The target of ``rows``: in its own units (float64), or the index of its class (int64)."""
    return to_original(model_input.target[rows], model_input.target_spec)


def to_original(target: np.ndarray, target_spec: TargetSpec) -> np.ndarray:
    """Prepared targets in their own units (float64), or as the index of the class (int64)."""
    if target_spec.task == "regression":
        return target.astype(np.float64) * target_spec.std + target_spec.mean
    return target.astype(np.int64)
