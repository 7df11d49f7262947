from pathlib import Path

import pytest

from sequence_learning.benchmark.parameters import StreamBenchmarkParameters
from sequence_learning.benchmark.process import MeasurementError
from sequence_learning.benchmark.stream import measure_stream, spread_of_batches, stream_section
from sequence_learning.benchmark.stream_case import PHASES, StreamCase, _draw, _prepare, _train
from sequence_learning.features.model_input_file import read_model_input
from tests.features.test_feature_stream import assert_same

SMALL = StreamBenchmarkParameters(rows=100, length=5, channels=2, factors=(1, 3))


def test_what_is_measured_prepares_the_same_as_a_stream_and_as_a_table_and_trains(tmp_path: Path) -> None:
    draw, table, stream, train = (StreamCase(phase=p, folder=str(tmp_path), factor=3, parameters=SMALL) for p in PHASES)
    _draw(draw)
    _prepare(table)
    _prepare(stream)
    prepared = read_model_input(tmp_path / "stream.safetensors")
    assert (len(prepared), len(prepared.values)) == (300, 1500)
    assert_same(prepared, read_model_input(tmp_path / "table.safetensors"))
    _train(train)


def test_a_process_that_fails_says_why() -> None:
    broken = SMALL.model_copy(update={"length": "none"})
    with pytest.raises(MeasurementError, match=r"draw with 1 times the rows ended with 1:(.|\n)*length"):
        measure_stream(broken)


def test_the_section_has_a_row_for_each_number_of_events_and_their_growth() -> None:
    figures = {factor: {"seconds": 10.0 * factor, "peak_mb": 400.0 + factor, "idle_mb": 200.0} for factor in (1, 3)}
    measured = {factor: dict.fromkeys(("prepare", "train"), own) for factor, own in figures.items()}
    section = stream_section(measured, SMALL)  # type: ignore[arg-type]
    assert "| 500 | 0 MB | 401 MB (200), 10 s | 401 MB (200), 10 s |\n| 1,500 | 0 MB | 403 MB (200), 30 s |" in section
    assert "preparing a stream 1.00 times the memory and 3.0 times the time" in section
    alone = stream_section({3: measured[3]}, SMALL.model_copy(update={"factors": (3,)}))  # type: ignore[dict-item]
    assert "fewest" in section
    assert "fewest" not in alone
    assert "Of 300 rows that are sorted by their target, batches of 256 from windows of 800,000" in section


def test_windows_shuffle_the_better_the_larger_they_are() -> None:
    small, large, whole = (spread_of_batches(20_000, 256, window) for window in (1_000, 8_000, 20_000))
    assert small > 2
    assert 1.1 < large < 1.7
    assert whole == 1
