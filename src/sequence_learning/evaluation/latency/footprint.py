"""Size on disk, peak memory and floating-point operations of fitted models."""

import json
import math
import os
import tempfile
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from safetensors.numpy import save
from torch.profiler import ProfilerActivity, profile
from torch.utils.flop_counter import FlopCounterMode

from sequence_learning.baselines.base import Baseline
from sequence_learning.batch import SequenceBatch
from sequence_learning.dataloaders import TabularSequenceDataset
from sequence_learning.evaluation.latency.rows import typical_rows
from sequence_learning.features.model_input import ModelInput
from sequence_learning.model import SequenceModel
from sequence_learning.training.checkpoint import Checkpoint
from sequence_learning.training.threads import single_thread

#: Test rows of the batch that memory and operations are measured on.
ROWS = 32


def measure_footprint(model_input: ModelInput, models: Sequence[Checkpoint | Baseline]) -> pd.DataFrame:
    """What each model takes beside time.

    Memory and operations are those of a forward pass on a padded batch of 32 test rows, the same for every model.
    Memory is that of the weights and the most that PyTorch's tensors took at once beside them; buffers that its
    libraries allocate by themselves are not seen. Operations are those that PyTorch counts (matrix products,
    convolutions, attention; a multiplication and an addition are two) and the Fourier transforms; what is done number
    by number, such as activations, gates and masks, is not counted.

    Args:
        model_input: the prepared features.
        models: encoders and baselines.

    Returns:
        Columns ``encoder``, ``disk_kb`` (weights and configuration as they are stored, in 1000 bytes),
        ``peak_memory_mb`` (in a million bytes) and ``flops`` (per row); the last two are NaN for baselines.
    """
    rows = typical_rows(model_input, ROWS)
    batch = TabularSequenceDataset(model_input).__getitems__(rows.tolist())
    with single_thread(), torch.inference_mode():
        return pd.DataFrame([_footprint(model, batch) for model in models])


def _footprint(model: Checkpoint | Baseline, batch: SequenceBatch) -> dict[str, str | float]:
    if isinstance(model, Baseline):
        stored = len(model.model_dump_json().encode())
        unknown = float("nan")
        return {"encoder": model.name, "disk_kb": stored / 1e3, "peak_memory_mb": unknown, "flops": unknown}
    network = model.load_model()
    weights = sum(array.nbytes for array in model.weights.values())
    return {
        "encoder": model.config.encoder.name,
        "disk_kb": (len(save(model.weights)) + len(model.config.model_dump_json(indent=2).encode())) / 1e3,
        "peak_memory_mb": (weights + peak_allocated(lambda: network(batch))) / 1e6,
        "flops": count_flops(network, batch) / len(batch),
    }


def peak_allocated(call: Callable[[], object]) -> int:
    """Most bytes of tensors on the CPU that a call made and held at once."""
    # The profiler would tell of its start and its end on standard error.
    os.environ.setdefault("KINETO_LOG_LEVEL", "6")
    call()  # what is made once and kept, such as reordered weights, is not part of a call
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as profiler:
        result = call()
    del result
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "trace.json")
        profiler.export_chrome_trace(str(file))
        events = json.loads(file.read_text())["traceEvents"]
    changes = sorted(
        ((event["ts"], event["args"]["Bytes"]) for event in events if event.get("name") == "[memory]"),
        key=lambda change: change[0],
    )
    held = peak = 0
    for _, change in changes:
        held += change
        peak = max(peak, held)
    return peak


def count_flops(model: SequenceModel, batch: SequenceBatch) -> int:
    """Floating-point operations of one forward pass."""
    counter = FlopCounterMode(display=False, custom_mapping=_FOURIER)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="TF32 acceleration")
        with torch.backends.mkldnn.flags(enabled=False), counter:  # fused recurrent layers hide their matrix products
            model(batch)
    return int(counter.get_total_flops())


def _complex_fourier(x: torch.Size, dim: list[int], *args: Any, out_shape: torch.Size, **kwargs: Any) -> float:  # noqa: ANN401
    """The usual count of a fast Fourier transform, ``5 N log2 N`` for a row of ``N`` numbers."""
    n = math.prod(x[axis] for axis in dim)
    return 5 * math.prod(x) * math.log2(n) if n > 1 else 0.0


def _real_to_complex(x: torch.Size, dim: list[int], *args: Any, out_shape: torch.Size, **kwargs: Any) -> float:  # noqa: ANN401
    """Half of it."""
    return _complex_fourier(x, dim, out_shape=out_shape) / 2


def _complex_to_real(x: torch.Size, dim: list[int], *args: Any, out_shape: torch.Size, **kwargs: Any) -> float:  # noqa: ANN401
    """Half of it; the output is as long as the whole spectrum."""
    return _complex_fourier(out_shape, dim, out_shape=out_shape) / 2


_FOURIER = {
    torch.ops.aten._fft_c2c: _complex_fourier,
    torch.ops.aten._fft_r2c: _real_to_complex,
    torch.ops.aten._fft_c2r: _complex_to_real,
}
