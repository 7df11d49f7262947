import json
import multiprocessing
import re
import time
from pathlib import Path

import pytest

from sequence_learning.training.progress import report_end, show_progress, tell


def test_what_is_told_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with show_progress(tmp_path, ["fit"], [9]):
        for val_loss in (0.5, 0.25):
            tell(tmp_path / "0.jsonl", {"val_loss": val_loss, "seconds": 4.2, "epoch": 0})
    assert "2/9 val 0.2500, 4 s" in capsys.readouterr().out


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a disk that is always full")
def test_a_bar_that_cannot_be_written_is_no_reason_to_fail(tmp_path: Path) -> None:
    full = tmp_path / "0.jsonl"
    full.symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left"):
        full.write_text("something")
    tell(full, {"val_loss": 1.0, "seconds": 0.0})
    report_end(full)


def test_a_fit_that_goes_on_tells_of_its_steps_anew(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with show_progress(tmp_path, ["fit"], [9]):
        (tmp_path / "0.jsonl").write_text(line(0.5) * 4)
        time.sleep(0.6)  # until that was read
        (tmp_path / "0.jsonl").write_text(line(0.5) * 2)
    assert "2/9 val" in capsys.readouterr().out


def line(val_loss: float) -> str:
    return json.dumps({"epoch": 0, "val_loss": val_loss, "seconds": 4.2}) + "\n"


def test_each_fit_shows_its_epochs_and_its_best_loss(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with show_progress(tmp_path, ["first", "second"], [5, 9]):
        (tmp_path / "0.jsonl").write_text(line(0.5) + line(0.25) + line(0.75))
        report_end(tmp_path / "0.jsonl")
        (tmp_path / "1.jsonl").write_text(line(3.0))
    first, second = (row for row in capsys.readouterr().out.splitlines() if "val" in row)
    assert "first" in first
    assert "3/3 val 0.2500, 4 s" in first
    assert "second" in second
    assert "1/9 val 3.0000, 4 s" in second


def test_a_line_that_is_still_being_written_waits(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with show_progress(tmp_path, ["fit"], [9]):
        (tmp_path / "0.jsonl").write_text(line(0.5) + '{"epoch": 1, "val_')
    assert "1/9 val 0.5000" in capsys.readouterr().out


def test_a_fit_that_has_not_begun_shows_no_loss(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with show_progress(tmp_path, ["waiting"], [9]):
        pass
    shown = capsys.readouterr().out
    assert "waiting" in shown
    assert "val" not in shown


def test_of_many_fits_those_that_have_ended_stand_above_those_that_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with show_progress(tmp_path, [f"fit {i}." for i in range(20)], [9] * 20, "all of them"):
        for i in range(5):
            (tmp_path / f"{i}.jsonl").write_text(line(0.5))
            if i < 3:
                report_end(tmp_path / f"{i}.jsonl")
    shown = capsys.readouterr().out
    assert [shown.count(f"fit {i}.") for i in range(7)] == [1, 1, 1, 1, 1, 0, 0]
    assert max(shown.index(f"fit {i}.") for i in range(3)) < min(shown.index(f"fit {i}.") for i in (3, 4))
    assert re.search(r"all of them +\S+ +3/20", shown)


def test_a_fit_without_steps_ends_with_a_full_bar(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with show_progress(tmp_path, ["mean"], [9]):
        report_end(tmp_path / "0.jsonl")
    assert "1/1 ended" in capsys.readouterr().out


def test_an_error_inside_is_passed_on(tmp_path: Path) -> None:
    with pytest.raises(FloatingPointError, match="diverged"), show_progress(tmp_path, ["fit"], [9]):
        raise FloatingPointError("diverged")


def test_workers_of_another_pool_draw_no_bars(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(multiprocessing, "parent_process", object)
    with show_progress(tmp_path, ["fit"], [9]):
        (tmp_path / "0.jsonl").write_text(line(0.5))
    assert capsys.readouterr().out == ""
