import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from filelock import FileLock

from sequence_learning.tuning import search as search_
from sequence_learning.tuning import study as study_
from sequence_learning.tuning.errors import TuningError
from sequence_learning.tuning.plan import Search
from sequence_learning.tuning.search import is_finished, run_search
from sequence_learning.tuning.study import journal_of, records_of
from tests.tuning.small import FakeFit, make_search

NO_INPUT: Any = None


@pytest.fixture(autouse=True)
def _nothing_heavy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_, "_import_ahead", lambda search: None)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Run a search with a fit that takes no time; its records."""

    def start(search: Search, fit: FakeFit | None = None, folder: Path = tmp_path) -> list[dict[str, Any]]:
        fit = fit or FakeFit()
        monkeypatch.setattr(search_, "evaluate", fit)
        run_search(NO_INPUT, search, folder, clock=fit.clock)
        return records_of(folder, search)

    return start


def states(records: list[dict[str, Any]]) -> list[str]:
    return [record["state"] for record in records]


def without_seconds(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: value for name, value in r.items() if name not in {"cpu_seconds", "trial"}} for r in records]


def test_the_first_trial_is_the_configuration(run: Any) -> None:
    records = run(make_search())
    assert json.loads(records[0]["options"]) == {
        "training": {"learning_rate": 0.01},
        "encoder": {"hidden_size": 8, "read_out": "last"},
    }
    assert max(r["score"] for r in records if r["state"] == "complete") >= records[0]["score"]


def test_trials_end_a_search(run: Any, tmp_path: Path) -> None:
    search = make_search(trials=5)
    assert not is_finished(tmp_path, search)
    records = run(search)
    assert len(records) == 5
    assert is_finished(tmp_path, search)
    for record in records:
        epochs = record["cpu_seconds"]
        assert epochs == 4 if record["state"] == "complete" else epochs < 4


def test_cpu_seconds_end_a_search_at_the_end_of_an_epoch(run: Any, tmp_path: Path) -> None:
    search = make_search(trials=50, cpu_seconds=9.5)
    records = run(search, FakeFit(seconds=1.0, merit=lambda rate, epoch: float(epoch)))
    assert states(records) == ["complete", "complete", "cut_off"]
    assert [record["cpu_seconds"] for record in records] == [4, 4, 2]
    assert pd.isna(records[-1]["score"])
    assert is_finished(tmp_path, search)


def test_no_trial_is_started_when_the_seconds_are_used(run: Any) -> None:
    records = run(make_search(trials=50, cpu_seconds=8), FakeFit(merit=lambda rate, epoch: float(epoch)))
    # The second trial ends with the budget, and its last epoch is one too many.
    assert states(records) == ["complete", "cut_off"]


def test_a_configuration_that_does_not_end_in_time_is_cut_off_too(run: Any) -> None:
    assert states(run(make_search(cpu_seconds=2))) == ["cut_off"]


def test_trials_behind_the_median_are_pruned_and_their_seconds_count(run: Any) -> None:
    records = run(make_search(trials=12, random_trials=3))
    assert states(records)[:3] == ["complete"] * 3
    pruned = [record for record in records if record["state"] == "pruned"]
    assert pruned
    assert all(0 < record["cpu_seconds"] < 4 for record in pruned)


def test_trials_that_diverge_or_have_no_score_fail_and_count(run: Any) -> None:
    def diverge(trial: int, epoch: int) -> None:
        if trial == 1:
            raise FloatingPointError("loss")

    records = run(make_search(trials=3), FakeFit(before=diverge))
    assert states(records)[1] == "failed"
    assert len(records) == 3
    nothing = run(make_search(trials=2, random_trials=5), FakeFit(merit=lambda rate, epoch: float("nan")))
    assert states(nothing) == ["failed", "failed"]


def test_a_trial_that_fails_for_another_reason_is_told_and_the_search_goes_on(
    run: Any, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(trial: int, epoch: int) -> None:
        if trial == 1:
            raise RuntimeError("the processor cannot")

    assert states(run(make_search(trials=3), FakeFit(before=fail)))[1] == "failed"
    assert caplog.messages == [f"{make_search().title}, trial 1 failed: RuntimeError: the processor cannot"]


def test_a_finished_search_does_nothing(run: Any) -> None:
    search, fit = make_search(), FakeFit()
    records = run(search)
    assert run(search, fit) == records
    assert fit.rates == []


@pytest.mark.parametrize("at", [0, 2])
def test_an_interrupted_trial_is_repeated_and_its_seconds_count(run: Any, tmp_path: Path, at: int) -> None:
    search = make_search(trials=6, random_trials=3)
    whole = run(search, folder=tmp_path / "whole")

    def interrupt(trial: int, epoch: int) -> None:
        if (trial, epoch) == (at, 3):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(search, FakeFit(before=interrupt))
    records = run(search)
    assert states(records)[at] == "interrupted"
    assert records[at]["cpu_seconds"] == 3
    assert records[at]["options"] == records[at + 1]["options"]
    assert without_seconds([r for r in records if r["state"] != "interrupted"]) == without_seconds(whole)


def test_what_was_used_before_an_interruption_is_not_given_again(run: Any) -> None:
    search = make_search(trials=50, cpu_seconds=10)

    def interrupt(trial: int, epoch: int) -> None:
        if (trial, epoch) == (1, 3):
            raise KeyboardInterrupt

    steady = {"merit": lambda rate, epoch: float(epoch)}
    with pytest.raises(KeyboardInterrupt):
        run(search, FakeFit(before=interrupt, **steady))
    records = run(search, FakeFit(**steady))
    assert states(records) == ["complete", "interrupted", "cut_off"]
    assert [record["cpu_seconds"] for record in records] == [4, 3, 3]


KILLED = """
import os, signal, sys
from pathlib import Path
from sequence_learning.tuning import search as search_
from sequence_learning.tuning import study as study_
from tests.tuning.small import FakeFit, make_search

def kill(trial, epoch):
    if (trial, epoch) == (3, 2):
        os.kill(os.getpid(), signal.SIGKILL)

fit = FakeFit(before=kill)
search_.evaluate, search_._import_ahead = fit, lambda search: None
search_.run_search(None, make_search(trials=6, random_trials=4), Path(sys.argv[1]), clock=fit.clock)
"""


def test_a_killed_process_leaves_a_search_that_goes_on(run: Any, tmp_path: Path) -> None:
    search = make_search(trials=6, random_trials=4)
    whole = run(search, folder=tmp_path / "whole")
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path)], env=environment, capture_output=True, check=False
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    with journal_of(tmp_path, search).open("a") as torn:  # what a write that was cut short leaves
        torn.write('{"op_code":')
    records = run(search)
    assert states(records)[3] == "interrupted"
    assert records[3]["cpu_seconds"] == 2
    assert without_seconds([r for r in records if r["state"] != "interrupted"]) == without_seconds(whole)


def test_a_search_belongs_to_one_process(run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(study_, "_PATIENCE", 0)
    search = make_search()
    owner = journal_of(tmp_path, search).with_suffix(".owner")
    with FileLock(owner), pytest.raises(TuningError, match="one run at a time, but another is at"):
        run(search)
    assert len(run(search)) == 6


def test_searches_differ_by_seed_and_repeat_themselves(run: Any, tmp_path: Path) -> None:
    from dataclasses import replace

    search = make_search()
    first, again = run(search), run(search, folder=tmp_path / "again")
    assert first == again
    other = run(replace(search, seed=1))
    assert other[0]["options"] == first[0]["options"]
    assert other[1]["options"] != first[1]["options"]


def test_progress_hears_of_every_trial(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fit, told = FakeFit(), []
    monkeypatch.setattr(search_, "evaluate", fit)
    run_search(NO_INPUT, make_search(trials=3), tmp_path, told.append, fit.clock)
    assert [set(record) for record in told] == [{"val_loss", "seconds"}] * 3
    assert told[-1]["seconds"] == fit.now
