"""How prediction time grows with the length of the sequences, measured and in theory."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

import numpy as np
import pandas as pd
import torch

from sequence_learning.batch import SequenceBatch
from sequence_learning.evaluation.latency.rounds import percentiles, time_in_rounds
from sequence_learning.evaluation.parameters import LatencyParameters
from sequence_learning.exported_model import ExportedModel
from sequence_learning.spec import InputSpec
from sequence_learning.training.checkpoint import Checkpoint

#: Encoder and runtime.
Timed = tuple[str, str]
#: Milliseconds by batch size and length.
Known = dict[tuple[int, int], float]

#: Time is extrapolated with an exponent in this range: from linear to quadratic in length.
_EXPONENTS = (1.0, 2.0)
#: Longest lengths that an exponent is fitted to: on shorter ones a call costs the same whatever it computes.
_MOST_FITTED = 3
_COLUMNS = ["encoder", "runtime", "batch_size", "length", "p50_ms", "p95_ms", "p99_ms", "calls", "expected_ms"]


def measure_scaling(
    checkpoints: Sequence[Checkpoint], parameters: LatencyParameters, graphs: Mapping[str, bytes]
) -> pd.DataFrame:
    """Time of one forward pass on random sequences of each length, all rows as long, on one CPU thread.

    What a call will take is extrapolated from shorter lengths and smaller batches. If that is longer than
    ``most_seconds`` it is not made: its row has no times and no calls, which bounds time and memory.

    Args:
        checkpoints: one per encoder, all for the same features.
        parameters: batch sizes, lengths, and the time to spend.
        graphs: encoders exported to ONNX, by name; others are not timed there.

    Returns:
        Columns ``encoder``, ``runtime`` (``eager`` or ``onnx``), ``batch_size``, ``length``, ``p50_ms``, ``p95_ms``,
        ``p99_ms``, ``calls`` and ``expected_ms`` (what was extrapolated; NaN for the first cell).
    """
    models = _models(checkpoints, graphs)
    known: dict[Timed, Known] = {timed: {} for timed in models}
    measured = []
    with torch.inference_mode():
        for batch_size in sorted(set(parameters.batch_sizes)):
            for length in sorted(set(parameters.lengths)):
                expected = {timed: expected_ms(known[timed], batch_size, length) for timed in models}
                within = [timed for timed in models if not expected[timed] > parameters.most_seconds * 1e3]
                times: dict[Timed, list[float]] = {}
                if within:
                    batch = random_batch(checkpoints[0].config.spec, batch_size, length)
                    calls = {timed: partial(models[timed], batch) for timed in within}
                    times = time_in_rounds(calls, parameters.scaling_seconds)
                for timed in models:
                    cell = percentiles(times.get(timed, []))
                    known[timed][batch_size, length] = cell["p50_ms"] if cell["calls"] else expected[timed]
                    encoder, runtime = timed
                    measured.append(
                        {"encoder": encoder, "runtime": runtime, "batch_size": batch_size, "length": length}
                        | cell
                        | {"expected_ms": expected[timed]}
                    )
    return pd.DataFrame(measured, columns=_COLUMNS)


def expected_ms(known: Known, batch_size: int, length: int) -> float:
    """What a call should take at most; NaN if nothing is known.

    From shorter sequences it grows as between the last two of them, linearly at least and quadratically at most; from
    one alone quadratically. From a smaller batch it grows with the rows. The smaller of the two counts.
    """
    estimates = []
    shorter = sorted(steps for rows, steps in known if rows == batch_size and steps < length)
    if shorter:
        last = known[batch_size, shorter[-1]]
        estimates.append(last * (length / shorter[-1]) ** _exponent(known, batch_size, shorter[-2:]))
    smaller = [rows for rows, steps in known if steps == length and rows < batch_size]
    if smaller:
        estimates.append(known[max(smaller), length] * batch_size / max(smaller))
    return min(estimates, default=float("nan"))


def exponents(scaling: pd.DataFrame, theory: Mapping[str, float]) -> pd.DataFrame:
    """``k`` where time grows as ``length ** k``, beside the theoretical one.

    The slope of log time against log length by least squares, over the three longest lengths that were measured (or
    two), where time has most likely left the overhead of a call behind.

    Args:
        scaling: as :func:`measure_scaling` gives it.
        theory: the exponent of each encoder, as :func:`theoretical_exponents` gives it.

    Returns:
        Columns ``encoder``, ``runtime``, ``batch_size``, ``exponent`` (NaN where fewer than two lengths were
        measured), ``theory`` and ``lengths`` (those it was fitted to, as text).
    """
    rows = []
    for (encoder, runtime, batch_size), cells in scaling.groupby(["encoder", "runtime", "batch_size"], sort=False):
        longest = cells[cells["calls"] > 0].sort_values("length").tail(_MOST_FITTED)
        slope = float("nan")
        if len(longest) >= 2:
            slope = float(np.polyfit(np.log(longest["length"]), np.log(longest["p50_ms"]), deg=1)[0])
        rows.append(
            {
                "encoder": encoder,
                "runtime": runtime,
                "batch_size": batch_size,
                "exponent": slope,
                "theory": theory[str(encoder)],
                "lengths": ", ".join(map(str, longest["length"])),
            }
        )
    return pd.DataFrame(rows, columns=["encoder", "runtime", "batch_size", "exponent", "theory", "lengths"])


def theoretical_exponents(checkpoints: Iterable[Checkpoint]) -> dict[str, float]:
    """By encoder: what its computation grows with, as its configuration says."""
    return {
        checkpoint.config.encoder.name: checkpoint.config.encoder.config.length_exponent for checkpoint in checkpoints
    }


def random_batch(spec: InputSpec, batch_size: int, length: int) -> SequenceBatch:
    """Random features of these widths, every sequence ``length`` steps long; the same at every call."""
    generator = torch.Generator().manual_seed(0)
    gaps = torch.rand(batch_size, length, generator=generator)
    return SequenceBatch(
        values=torch.randn(batch_size, length, spec.n_channels, generator=generator),
        codes=_random_codes(spec.event_categories, (batch_size, length), generator),
        lengths=torch.full((batch_size,), length),
        numeric=torch.randn(batch_size, spec.n_numeric, generator=generator),
        categorical=_random_codes(spec.categories, (batch_size,), generator),
        target=torch.zeros(batch_size),
        ages=gaps.flip(1).cumsum(dim=1).flip(1) if spec.has_ages else None,
    )


def _random_codes(n_codes: tuple[int, ...], size: tuple[int, ...], generator: torch.Generator) -> torch.Tensor:
    columns = [torch.randint(n, size, generator=generator) for n in n_codes]
    return torch.stack(columns, dim=-1) if columns else torch.zeros(*size, 0, dtype=torch.int64)


def _models(
    checkpoints: Sequence[Checkpoint], graphs: Mapping[str, bytes]
) -> dict[Timed, Callable[[SequenceBatch], object]]:
    models: dict[Timed, Callable[[SequenceBatch], object]] = {}
    for checkpoint in checkpoints:
        name = checkpoint.config.encoder.name
        models[name, "eager"] = checkpoint.load_model()
        if name in graphs:
            models[name, "onnx"] = ExportedModel(graphs[name])
    return models


def _exponent(known: Known, batch_size: int, lengths: list[int]) -> float:
    least, most = _EXPONENTS
    if len(lengths) < 2:
        return most
    shorter, longer = lengths
    growth = np.log(known[batch_size, longer] / known[batch_size, shorter]) / np.log(longer / shorter)
    return float(np.clip(growth, least, most))
