import subprocess
import sys
from pathlib import Path

import pytest

from sequence_learning.benchmark.process import MeasurementError, processes

from .small import make_case


def test_processes_take_turns_and_end_with_the_block(tmp_path: Path) -> None:
    with processes({"bare": make_case(tmp_path, "bare")}) as sides:
        first, second = (sides["bare"].turn() for _ in range(2))
        assert first.keys() == second.keys() == {"rows_per_second", "peak_mb"}
    assert sides["bare"]._process.returncode is not None


def test_what_a_process_said_before_it_ended_is_told(tmp_path: Path) -> None:
    case = make_case(tmp_path, "bare")
    case.features.unlink()
    with pytest.raises(MeasurementError, match=r"(?s)that of bare \(gru\) said:.*No such file"), processes({"": case}):
        pass


def test_a_plain_loop_does_without_lightning() -> None:
    imported = "import sys, sequence_learning.benchmark.bare_turns; print('lightning' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", imported], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
