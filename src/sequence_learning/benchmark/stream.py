"""Memory and time of events that need not fit into memory: at growing numbers of rows, beside the same as a table."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from sequence_learning.benchmark.parameters import StreamBenchmarkParameters
from sequence_learning.benchmark.process import MeasurementError, environment
from sequence_learning.benchmark.stream_case import BATCH_SIZE, PHASES, Phase, StreamCase
from sequence_learning.dataloaders import ShuffledBatches
from sequence_learning.diagnosis.markdown import table

_TITLES: Mapping[Phase, str] = {
    "prepare_table": "preparing a table",
    "prepare": "preparing a stream",
    "train": "an epoch of it",
}

_EPOCHS = 3

#: By factor and phase: ``seconds``, ``peak_mb`` and ``idle_mb``.
Measured = dict[int, dict[Phase, dict[str, float]]]


def measure_stream(parameters: StreamBenchmarkParameters) -> Measured:
    """Draw events, prepare them and train on them, each in a fresh process, so that it has a peak of its own."""
    return {factor: dict(_measure(parameters, factor)) for factor in parameters.factors}


def stream_section(measured: Measured, parameters: StreamBenchmarkParameters) -> str:
    """The figures as Markdown: peak memory and time by number of events."""
    phases = [phase for phase in _TITLES if all(phase in of_factor for of_factor in measured.values())]
    head = ["events", "as float32", *(f"{_TITLES[phase]}: peak (idle), time" for phase in phases)]
    rows = [
        [
            f"{factor * parameters.rows * parameters.length:,}",
            f"{factor * parameters.rows * parameters.length * parameters.channels * 4 / 1e6:,.0f} MB",
            *(_cell(of_factor[phase]) for phase in phases),
        ]
        for factor, of_factor in measured.items()
    ]
    growth = "; ".join(f"{_TITLES[phase]} {_growth(measured, phase, parameters.factors)}" for phase in phases)
    grown = f"From the fewest events to the most: {growth}. " if len(measured) > 1 else ""
    return f"{table(head, rows)}\n\n{grown}{_mixing(parameters)}"


def _mixing(parameters: StreamBenchmarkParameters) -> str:
    n_rows = max(parameters.factors) * parameters.rows
    window_rows = int(parameters.window_mb * 1e6 / (4 * parameters.channels * parameters.length))
    ratio = spread_of_batches(n_rows, BATCH_SIZE, window_rows)
    return (
        f"Of {n_rows:,} rows that are sorted by their target, batches of {BATCH_SIZE} from windows of {window_rows:,} "
        f"have means that vary {ratio:.2f} times as much as with plain shuffling."
    )


def spread_of_batches(n_rows: int, batch_size: int, window_rows: int) -> float:
    """How far the means of batches of ascending numbers lie apart, over the same without windows.

    Returns:
        Ratio of standard deviations; 1 if windows shuffle as well.
    """
    numbers = np.linspace(0, 1, n_rows)
    with_windows, plain = (
        np.std([numbers[batch].mean() for _ in range(_EPOCHS) for batch in order])
        for order in (ShuffledBatches(n_rows, batch_size, 0, window_rows), ShuffledBatches(n_rows, batch_size, 0))
    )
    return float(with_windows / plain)


def _cell(figures: Mapping[str, float]) -> str:
    return f"{figures['peak_mb']:,.0f} MB ({figures['idle_mb']:,.0f}), {figures['seconds']:,.0f} s"


def _growth(measured: Measured, phase: Phase, factors: Sequence[int]) -> str:
    first, last = (measured[factor][phase] for factor in (min(factors), max(factors)))
    ratios = {name: last[name] / first[name] for name in ("peak_mb", "seconds")}
    return f"{ratios['peak_mb']:.2f} times the memory and {ratios['seconds']:.1f} times the time"


def _measure(parameters: StreamBenchmarkParameters, factor: int) -> Iterator[tuple[Phase, dict[str, float]]]:
    with tempfile.TemporaryDirectory() as folder:
        for phase in PHASES:
            if phase == "prepare_table" and not parameters.table:
                continue
            case = StreamCase(phase=phase, folder=folder, factor=factor, parameters=parameters)
            figures = _in_a_process(case)
            if phase != "draw":
                yield phase, figures


def _in_a_process(case: StreamCase) -> dict[str, float]:
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "sequence_learning.benchmark.stream_case", case.model_dump_json()],
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise MeasurementError(
            f"a process of the benchmark must live to its end, but {case.phase} with {case.factor} times the rows "
            f"ended with {done.returncode}:\n{done.stderr.strip()[-2000:]}"
        )
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures
