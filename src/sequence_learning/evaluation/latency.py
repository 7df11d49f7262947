"""Prediction time of trained models on one thread."""

import numpy as np
import torch
from torch.utils.benchmark import Timer

from sequence_learning.dataloaders import TabularSequenceDataset
from sequence_learning.features.model_input import ModelInput
from sequence_learning.parameters import EvaluationParameters
from sequence_learning.training.checkpoint import Checkpoint


def measure_latency(
    model_input: ModelInput, checkpoints: dict[str, Checkpoint], parameters: EvaluationParameters
) -> dict[str, dict[str, float]]:
    """Median time of one call, by encoder and batch size, in milliseconds.

    The call is the model's forward pass in PyTorch on one CPU thread, on test rows that are already prepared and
    padded; every encoder gets the same rows.
    """
    test = TabularSequenceDataset(model_input, model_input.rows("test"))
    medians: dict[str, dict[str, float]] = {name: {} for name in checkpoints}
    with torch.inference_mode():
        for batch_size in parameters.latency_batch_sizes:
            batch = test.__getitems__(_typical(test, batch_size))
            for name, checkpoint in checkpoints.items():
                timer = Timer("model(batch)", globals={"model": checkpoint.load_model(), "batch": batch})
                measured = timer.blocked_autorange(min_run_time=parameters.latency_seconds)
                medians[name][f"batch_{batch_size}"] = measured.median * 1e3
    return medians


def _typical(dataset: TabularSequenceDataset, n: int) -> list[int]:
    """Rows at random; a single one is of median length."""
    lengths = dataset.model_input.lengths_of(dataset.rows)
    by_length = np.argsort(lengths, kind="stable")
    if n == 1:
        return [int(by_length[len(by_length) // 2])]
    return np.random.default_rng(0).choice(len(dataset), n, replace=n > len(dataset)).tolist()  # type: ignore[no-any-return]
