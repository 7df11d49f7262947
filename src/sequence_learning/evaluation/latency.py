"""Prediction time of fitted models on one thread."""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import torch
from torch.utils.benchmark import Timer

from sequence_learning.baselines.base import Baseline
from sequence_learning.dataloaders import TabularSequenceDataset
from sequence_learning.features.model_input import ModelInput
from sequence_learning.parameters import EvaluationParameters
from sequence_learning.training.checkpoint import Checkpoint


def measure_latency(
    model_input: ModelInput, models: Sequence[Checkpoint | Baseline], parameters: EvaluationParameters
) -> dict[str, dict[str, float]]:
    """Median time of one call, by name and batch size, in milliseconds.

    The call is made on one CPU thread, on test rows that are already prepared; every model gets the same rows. For
    an encoder it is the model's forward pass in PyTorch on a padded batch; for a baseline it leads to the predictions,
    its summaries of the sequences included.
    """
    test = TabularSequenceDataset(model_input, model_input.rows("test"))
    medians: dict[str, dict[str, float]] = {_name(model): {} for model in models}
    with torch.inference_mode():
        for batch_size in parameters.latency_batch_sizes:
            chosen = _typical(test, batch_size)
            for model in models:
                timer = Timer("call()", globals={"call": _call(model, test, chosen)})
                measured = timer.blocked_autorange(min_run_time=parameters.latency_seconds)
                medians[_name(model)][f"batch_{batch_size}"] = measured.median * 1e3
    return medians


def _name(model: Checkpoint | Baseline) -> str:
    return model.name if isinstance(model, Baseline) else model.config.encoder.name


def _call(model: Checkpoint | Baseline, test: TabularSequenceDataset, chosen: list[int]) -> Callable[[], object]:
    if isinstance(model, Baseline):
        return partial(model.predict, test.model_input, test.rows[chosen])
    return partial(model.load_model(), test.__getitems__(chosen))


def _typical(dataset: TabularSequenceDataset, n: int) -> list[int]:
    """Rows at random; a single one is of median length."""
    lengths = dataset.model_input.lengths_of(dataset.rows)
    by_length = np.argsort(lengths, kind="stable")
    if n == 1:
        return [int(by_length[len(by_length) // 2])]
    return np.random.default_rng(0).choice(len(dataset), n, replace=n > len(dataset)).tolist()  # type: ignore[no-any-return]
