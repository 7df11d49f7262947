import math
from functools import partial
from pathlib import Path

import pytest
import torch

from sequence_learning.baselines.predict_the_mean import PredictTheMean
from sequence_learning.dataloaders import TabularSequenceDataset
from sequence_learning.encoders import ENCODERS
from sequence_learning.evaluation.latency.footprint import ROWS, count_flops, measure_footprint, peak_allocated
from sequence_learning.evaluation.latency.rows import typical_rows
from sequence_learning.io.checkpoints_dataset import CheckpointsDataset
from tests.builders import make_checkpoint, make_model_input

DATA = make_model_input(lengths=[7] * 60)
BATCH = TabularSequenceDataset(DATA).__getitems__([0, 1, 2])
MB = 10**6


def flops(encoder: str) -> int:
    with torch.inference_mode():
        return count_flops(make_checkpoint(DATA, encoder).load_model(), BATCH)


def test_every_model_has_a_row_and_baselines_only_a_size() -> None:
    baseline = PredictTheMean(expected=(0.5,))
    table = measure_footprint(DATA, [*(make_checkpoint(DATA, name) for name in ENCODERS), baseline])
    assert list(table.columns) == ["encoder", "disk_kb", "peak_memory_mb", "flops"]
    assert list(table["encoder"]) == [*ENCODERS, "predict_the_mean"]
    table = table.set_index("encoder")
    assert (table.loc[list(ENCODERS)] > 0).all(axis=None)
    assert table.loc["predict_the_mean", "disk_kb"] == len(baseline.model_dump_json()) / 1e3
    assert table.loc["predict_the_mean", ["peak_memory_mb", "flops"]].isna().all()


def test_the_size_is_that_of_the_stored_files(tmp_path: Path) -> None:
    checkpoint = make_checkpoint(DATA, "cnn")
    CheckpointsDataset(filepath=str(tmp_path / "cnn")).save({0: checkpoint})
    stored = sum(file.stat().st_size for file in (tmp_path / "cnn").iterdir() if file.name != "SHA256SUMS")
    (size,) = measure_footprint(DATA, [checkpoint])["disk_kb"]
    assert size == stored / 1e3


def test_weights_count_as_memory() -> None:
    checkpoint = make_checkpoint(DATA, "lstm")
    batch = TabularSequenceDataset(DATA).__getitems__(typical_rows(DATA, ROWS).tolist())
    weights = sum(weight.nbytes for weight in checkpoint.weights.values())
    with torch.inference_mode():
        beside = peak_allocated(partial(checkpoint.load_model(), batch))
    (peak,) = measure_footprint(DATA, [checkpoint])["peak_memory_mb"]
    assert peak == (weights + beside) / 1e6


def test_operations_are_per_row() -> None:
    (per_row,) = measure_footprint(DATA, [make_checkpoint(DATA, "lstm")])["flops"]
    assert per_row == flops("lstm") / len(BATCH)


def test_matrix_products_are_counted_those_of_recurrent_layers_included() -> None:
    spec = DATA.spec
    d_in, d_tabular = spec.n_channels + 2, spec.n_numeric + 2 + 3  # categories are embedded in 2; 2 and 3 numbers
    outside = 2 * (d_tabular * 8 + 8 * 1)  # the branch, and the end of the head
    assert flops("tabular_only") == len(BATCH) * (outside + 2 * 8 * 8)
    hidden, steps = 8, 7
    for encoder, gates in (("lstm", 4), ("gru", 3)):
        recurrent = 2 * steps * gates * hidden * (d_in + hidden)
        assert flops(encoder) == len(BATCH) * (outside + 2 * (8 + hidden) * 8 + recurrent)


def test_fourier_transforms_are_counted() -> None:
    class Transformed(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return torch.fft.ifft(torch.fft.fft(torch.fft.irfft(torch.fft.rfft(x, n=64), n=64).to(torch.complex64)))

    one = 5 * 64 * math.log2(64)
    with torch.inference_mode():
        assert count_flops(Transformed(), torch.randn(3, 32)) == 3 * (one / 2 + one / 2 + one + one)  # type: ignore[arg-type]


def test_the_peak_is_what_was_held_at_once() -> None:
    def one_after_the_other() -> float:
        return float(torch.zeros(MB).sum() + torch.zeros(MB).sum())

    def both() -> float:
        first, second = torch.zeros(MB), torch.zeros(MB)
        return float(first[0] + second[0])

    assert peak_allocated(one_after_the_other) == pytest.approx(4 * MB, rel=0.01)
    assert peak_allocated(both) == pytest.approx(8 * MB, rel=0.01)


def test_the_profiler_does_not_speak(capfd: pytest.CaptureFixture[str]) -> None:
    peak_allocated(lambda: torch.zeros(10))
    assert capfd.readouterr().err == ""
