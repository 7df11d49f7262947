"""A run that is killed at any moment goes on when it is started again, and ends as if nothing had happened."""

import random
import re
import shutil
import signal
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import mlflow
import pandas as pd

from sequence_learning.baselines import BASELINES
from sequence_learning.encoders import ENCODERS
from tests.processes import wait_until_gone

from .conftest import environment
from .preloaded import Preloaded

_COMMAND = [
    "-m",
    "kedro",
    "run",
    "--env",
    "smoke",
    "--to-nodes",
    "train.gather_results,compare_models,build_leaderboard",
]
_TABLES = ("results", "predictions", "scores", "differences", "leaderboard")
_TIMES = re.compile("fit_seconds|samples_per_second|latency_ms|memory_mb")
_KILLS = 10


def start(project: Path, printed: Path, cores: int) -> Preloaded:
    """The run and its workers, if there is more than one core, in a group of their own."""
    return Preloaded(_COMMAND, project, environment() | {"LOKY_MAX_CPU_COUNT": str(cores)}, printed, printed)


def fits(project: Path) -> dict[str, int]:
    """Those that have ended, and when."""
    return {file.name: file.stat().st_mtime_ns for file in project.glob("data/06_models/smoke/fits/*.fit")}


def tables(project: Path) -> dict[str, pd.DataFrame]:
    """What a run leaves, without times."""
    files = {name: next(project.glob(f"data/*/smoke/{name}.parquet")) for name in _TABLES}
    left = {name: pd.read_parquet(file) for name, file in files.items()}
    return {name: table.loc[:, ~table.columns.str.contains(_TIMES)] for name, table in left.items()}


def moments(project: Path, n_fits: int) -> list[Callable[[], bool]]:
    """From before the first fit to after the last, and among what is made of them."""

    def is_there(file: str) -> bool:
        return bool(list(project.glob(file)))

    n_counts = _KILLS - 3
    counts = [i * n_fits // n_counts for i in range(1, n_counts + 1)]
    return [
        partial(is_there, "data/05_model_input/*/*.safetensors"),
        *(partial(lambda least: len(fits(project)) >= least, count) for count in counts),
        partial(is_there, "data/07_model_output/smoke/predictions.parquet"),
        partial(is_there, "data/08_reporting/smoke/scores.parquet"),
    ]


def test_a_run_that_is_killed_ten_times_ends_as_if_it_never_was(
    project: Path, tmp_path: Path, finished: tuple[Path, str]
) -> None:
    undisturbed, _ = finished
    n_fits, n_models = len(fits(undisturbed)), len(ENCODERS) + len(BASELINES)
    drawn = random.Random(0)
    groups: list[int] = []
    ended: dict[str, int] = {}
    for i, has_come in enumerate(moments(project, n_fits)):
        with_workers = i % 4 == 1  # each of which takes seconds to start
        process = start(project, tmp_path / f"{i}.txt", 2 if with_workers else 1)
        groups.append(process.pid)
        deadline = time.monotonic() + 180
        while not has_come():
            assert process.poll() is None, (tmp_path / f"{i}.txt").read_text()[-3000:]
            assert time.monotonic() < deadline
            time.sleep(0.02)
        time.sleep(drawn.uniform(0, 0.5))
        # Workers are left behind, and the next run begins beside them; once they are killed, too.
        process.kill(with_children=i == 1)
        assert process.wait(20) == -signal.SIGKILL
        now = fits(project)
        assert {name: now[name] for name in ended} == ended  # none was done again
        ended = now
    last = start(project, tmp_path / "last.txt", 1)
    groups.append(last.pid)
    assert last.wait(300) == 0, (tmp_path / "last.txt").read_text()[-3000:]

    now = fits(project)
    assert {name: now[name] for name in ended} == ended
    assert now.keys() == fits(undisturbed).keys()
    for name, table in tables(undisturbed).items():
        pd.testing.assert_frame_equal(tables(project)[name], table, check_exact=True)
    for group in groups:
        wait_until_gone(group, 20)
    assert [str(path) for path in (project / "data").rglob(".*") if path.suffix in {".partial", ".before"}] == []
    assert list((project / "data").rglob("*.state")) == []
    client = mlflow.MlflowClient(f"sqlite:///{project}/mlflow.db")
    experiment = client.get_experiment_by_name("sequence_learning")
    assert experiment is not None
    statuses = [r.info.status for r in client.search_runs([experiment.experiment_id])]
    assert set(statuses) == {"KILLED", "FINISHED"}
    assert statuses.count("FINISHED") == n_models + 1  # those of the last run, and the run itself


def test_nothing_is_redone_if_nothing_has_changed(
    kedro: Callable[..., str], project: Path, finished: tuple[Path, str]
) -> None:
    shutil.copytree(finished[0] / "data", project / "data", dirs_exist_ok=True)
    before = fits(project)
    printed = " ".join(kedro("run", "--env", "smoke", "--to-nodes", "train.fit_models").split())
    assert fits(project) == before
    assert f"{len(before)} of {len(before)} fits are kept from earlier runs" in printed
