import errno
import logging
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from sequence_learning.atomic import is_alive
from sequence_learning.baselines.parameters import BaselineParameters
from sequence_learning.features.model_input import ModelInput
from sequence_learning.features.model_input_file import read_model_input, write_model_input
from sequence_learning.fits.baseline_job import BaselineJob, read_baseline
from sequence_learning.fits.encoder_job import EncoderJob, read_fit
from sequence_learning.fits.job import Job, key_of
from sequence_learning.fits.queue import Outcome, run_all
from sequence_learning.fits.store import FitStore
from sequence_learning.training.fit import fit
from sequence_learning.training.loop import TrainingLoop
from tests.builders import make_config, make_model_input, make_training
from tests.fits.jobs import FillsTheDisk, KillsItself, Quick, Raises, Tells
from tests.processes import wait_until_gone
from tests.training.test_fit import assert_identical

_PROJECT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> ModelInput:
    """Mapped from a file, as in a run."""
    file = tmp_path_factory.mktemp("features") / "model_input.safetensors"
    write_model_input(file, make_model_input())
    return read_model_input(file)


@pytest.fixture
def store(tmp_path: Path) -> FitStore:
    return FitStore(tmp_path / "fits")


def names(folder: Path, ending: str = "") -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name.endswith(ending))


def failures(outcomes: list[Outcome]) -> dict[str, str]:
    return {outcome.model: outcome.failure for outcome in outcomes if outcome.failure is not None}


def encoder_job(data: ModelInput, encoder: str, seed: int = 0, **training: Any) -> EncoderJob:
    return EncoderJob(make_config(data, encoder, seed), make_training(**training))


def assert_only_these_are_kept(store: FitStore, data: ModelInput, jobs: list[Job]) -> None:
    """And nothing that is half-written, or of a fit that has ended."""
    assert names(store.folder) == sorted([*(f"{key_of(job, data)}.fit" for job in jobs), "seconds.json"])


@pytest.mark.parametrize("n_workers", [4, 1, 2])  # two of four stay for the tests that follow
def test_results_do_not_depend_on_the_workers(data: ModelInput, store: FitStore, n_workers: int) -> None:
    models = [("gru", 4), ("transformer", 1), ("cnn", 4), ("gru", 1)]
    boosting = BaselineParameters(name="lightgbm_tabular", n_rounds=5)
    encoders = [encoder_job(data, name, seed) for name, seed in models]
    jobs: list[Job] = [*encoders, BaselineJob(boosting, 3)]
    outcomes, load = run_all(jobs, data, store, n_workers)
    assert [(o.model, o.seed) for o in outcomes] == [(job.model, job.seed) for job in jobs]
    assert failures(outcomes) == {}
    assert_only_these_are_kept(store, data, jobs)
    for job, outcome in zip(encoders, outcomes, strict=False):
        kept = read_fit(store.file(outcome.key))
        assert kept.checkpoint.config == job.config
        assert_identical(kept, fit(data, job.config, job.parameters))
    baseline = read_baseline(store.file(outcomes[-1].key))
    BaselineJob(boosting, 3).run(data, store.folder / "again", store.folder / "none", lambda record: None)
    assert baseline.baseline == read_baseline(store.folder / "again").baseline
    assert (load.fits, load.workers) == (5, n_workers)
    assert 0 < load.busy < 1.5
    assert 0 < load.first_after < time.time() - psutil.Process().create_time()


def test_a_fit_that_is_kept_is_not_done_again(data: ModelInput, store: FitStore) -> None:
    run_all([Quick("cnn"), Raises("gru")], data, store, 1)
    kept = store.file(key_of(Quick("cnn"), data))
    kept.write_text("as it was")
    outcomes, load = run_all([Quick("cnn"), Quick("cnn", 1), Quick("gru")], data, store, 1)
    assert [outcome.kept for outcome in outcomes] == [True, False, False]
    assert kept.read_text() == "as it was"
    assert load.fits == 2
    again, load = run_all([Quick("cnn")], data, store, 1)
    assert again[0] == outcomes[0]
    assert (load.fits, load.busy) == (0, 0)


@pytest.mark.parametrize(("n_workers", "kind"), [(1, "ModelInput"), (2, "MappedModelInput")])
def test_workers_map_features_that_were_in_no_file(n_workers: int, kind: str, store: FitStore) -> None:
    data, jobs = make_model_input(), [Tells("cnn"), Tells("gru")]
    run_all(jobs, data, store, n_workers)
    for job in jobs:
        assert store.file(key_of(job, data)).read_text() == f"{kind} {data.fingerprint}"
    assert [file.name for file in store.folder.iterdir() if file.name.startswith(".")] == []


@pytest.mark.parametrize("n_workers", [1, 2])
def test_fits_that_fail_say_why_and_the_others_are_kept(
    data: ModelInput, store: FitStore, n_workers: int, caplog: pytest.LogCaptureFixture
) -> None:
    fine: list[Job] = [Quick("lstm"), encoder_job(data, "gru")]
    bad: list[Job] = [Raises("transformer"), FillsTheDisk("state_space"), encoder_job(data, "cnn", learning_rate=1e30)]
    with caplog.at_level(logging.ERROR):
        outcomes, _ = run_all([bad[0], fine[0], *bad[1:], fine[1]], data, store, n_workers)
    reasons = failures(outcomes)
    assert list(reasons) == ["transformer", "state_space", "cnn"]
    assert reasons["transformer"] == "ValueError: a value must be finite, got nan"
    assert reasons["state_space"] == "OSError: [Errno 28] No space left on device"
    assert reasons["cnn"].startswith("FloatingPointError: cnn, seed 0: the validation loss must be finite, got nan")
    assert "Traceback" in caplog.text
    assert_only_these_are_kept(store, data, fine)


@pytest.mark.parametrize("where", ["safetensors.numpy.save_file", "sequence_learning.training.state.save_file"])
def test_a_disk_that_is_full_fails_a_fit_and_leaves_nothing_half_written(
    data: ModelInput, store: FitStore, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether the fit is written, or where its training stands."""
    full, fine = encoder_job(data, "cnn"), encoder_job(data, "gru")
    module, _, name = where.rpartition(".")
    save_file: Callable[..., None] = getattr(sys.modules[module], name)

    def write_half(tensors: Any, file: Path, metadata: dict[str, str]) -> None:
        if "cnn" in file.name:
            file.write_bytes(b"half of")
            raise OSError(errno.ENOSPC, "No space left on device")
        save_file(tensors, file, metadata)

    with monkeypatch.context() as patched:
        patched.setattr(where, write_half)
        outcomes, _ = run_all([full, fine], data, store, 1)
    assert failures(outcomes) == {"cnn": "OSError: [Errno 28] No space left on device"}
    store.state_file(key_of(full, data)).unlink(missing_ok=True)
    assert_only_these_are_kept(store, data, [fine])
    outcomes, _ = run_all([full, fine], data, store, 1)  # there is room again
    assert failures(outcomes) == {}
    assert_identical(read_fit(store.file(outcomes[0].key)), fit(data, full.config, full.parameters))


def test_a_worker_that_is_killed_takes_no_other_fit_with_it(data: ModelInput, store: FitStore) -> None:
    fine: list[Job] = [Quick("gru", seed) for seed in range(6)]
    killed, once = KillsItself("cnn"), KillsItself("lstm", times=1)
    outcomes, _ = run_all([*fine[:3], killed, once, *fine[3:]], data, store, 2)
    assert list(failures(outcomes)) == ["cnn"]
    assert "its process was killed" in failures(outcomes)["cnn"]
    assert "run again" in failures(outcomes)["cnn"]
    # Killed side by side, then alone, and then no more.
    assert len(store.state_file(key_of(killed, data)).read_text()) == 2
    store.state_file(key_of(killed, data)).unlink()
    store.state_file(key_of(once, data)).unlink()  # these jobs leave it
    assert_only_these_are_kept(store, data, [*fine, once])


def test_an_encoder_whose_worker_was_killed_goes_on_from_its_last_epoch(
    data: ModelInput, store: FitStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = encoder_job(data, "gru", max_epochs=5)
    key = key_of(job, data)
    told: list[int] = []

    def stop(record: Any) -> None:
        told.append(record["epoch"])
        if len(told) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        job.run(data, store.file(key), store.state_file(key), stop)
    trained: list[int] = []
    train = TrainingLoop._train
    monkeypatch.setattr(TrainingLoop, "_train", lambda loop: (trained.append(loop.progress.epoch), train(loop))[1])
    outcomes, _ = run_all([job], data, store, 1)
    assert trained == [3, 4]
    monkeypatch.undo()
    assert_identical(read_fit(store.file(outcomes[0].key)), fit(data, job.config, job.parameters))
    assert_only_these_are_kept(store, data, [job])


def test_the_seconds_of_a_fit_that_was_gone_on_with_say_nothing(data: ModelInput, store: FitStore) -> None:
    whole, resumed = Quick("cnn"), Quick("gru")
    store.folder.mkdir()
    store.state_file(key_of(resumed, data)).write_text("where it stands")
    run_all([whole, resumed], data, store, 1)
    assert list(store.seconds()) == ["cnn"]


def test_what_a_killed_run_left_half_written_is_cleared_away(data: ModelInput, store: FitStore) -> None:
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    store.folder.mkdir()
    key = key_of(Quick("cnn"), data)
    (store.folder / f".{key}.fit.{done.pid}.partial").write_text("half")
    (store.folder / f".other.state.{done.pid}.partial").write_text("half")
    store.state_file(key).write_text("where it stood before it ended")
    store.file(key).write_text("ended")
    store.state_file("waits").write_text("where another stands")
    being_written = store.folder / f".other.fit.{os.getppid()}.partial"
    being_written.write_text("not yet all")
    run_all([Quick("cnn")], data, store, 1)
    assert names(store.folder) == sorted([being_written.name, f"{key}.fit", "waits.state"])


def test_the_longest_fits_come_first(data: ModelInput, store: FitStore, monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    monkeypatch.setattr(Quick, "act", lambda self, state_file: order.append(f"{self.model} {self.seed}"))
    jobs = [Quick(model, seed) for model in ("cnn", "lstm", "gru") for seed in (0, 1)]
    run_all(jobs, data, store, 1)
    assert order == ["gru 0", "gru 1", "lstm 0", "lstm 1", "cnn 0", "cnn 1"]  # the later ones are the slower ones
    order.clear()
    store.note_seconds({"cnn": 5.0, "gru": 2.0})
    (store.folder / "seconds.json").write_text('{"cnn": 5.0, "gru": 2.0}')
    run_all([replace(job, seed=job.seed + 2) for job in jobs], data, store, 1)
    assert order == ["lstm 2", "lstm 3", "cnn 2", "cnn 3", "gru 2", "gru 3"]


_ORPHANS = """
    import sys
    from pathlib import Path
    from sequence_learning.features.model_input_file import read_model_input
    from sequence_learning.fits.queue import run_all
    from sequence_learning.fits.store import FitStore
    from tests.fits.jobs import Lingers, Quick

    if __name__ == "__main__":
        folder = Path(sys.argv[1])
        jobs = [Lingers("gru"), Quick("cnn")]  # one worker works, the other has nothing left to do
        run_all(jobs, read_model_input(folder / "model_input"), FitStore(folder / "fits"), 2)
"""


def test_workers_end_with_their_run_and_write_nothing_afterwards(tmp_path: Path) -> None:
    write_model_input(tmp_path / "model_input", make_model_input())
    paths = os.pathsep.join([str(_PROJECT / "src"), str(_PROJECT)])
    command = [sys.executable, "-c", textwrap.dedent(_ORPHANS), str(tmp_path)]
    with subprocess.Popen(command, env=os.environ | {"PYTHONPATH": paths}, start_new_session=True) as main:
        deadline = time.monotonic() + 180
        while not (ticks := list(tmp_path.glob("fits/gru_*_9"))):
            assert main.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.1)
        os.kill(main.pid, signal.SIGKILL)
    worker = int(ticks[0].name.split("_")[1])
    wait_until_gone(main.pid, 20)
    assert not is_alive(worker)  # another process than the one that was killed
    assert len(list(tmp_path.glob("fits/gru_*"))) < 10 + 50
    left = names(tmp_path / "fits")
    time.sleep(0.3)
    assert names(tmp_path / "fits") == left
