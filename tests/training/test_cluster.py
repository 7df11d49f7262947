"""A cluster of three Ray nodes on this machine: the driver's, which has no room for fits, and two with a core each."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import ray
from ray.cluster_utils import Cluster

from sequence_learning.atomic import is_alive
from sequence_learning.baselines.parameters import BaselineParameters
from sequence_learning.features.model_input import ModelInput
from sequence_learning.features.model_input_file import read_model_input, write_model_input
from sequence_learning.fits.baseline_job import BaselineJob, read_baseline
from sequence_learning.fits.encoder_job import EncoderJob, read_fit
from sequence_learning.fits.job import Job, key_of
from sequence_learning.fits.queue import run_all
from sequence_learning.fits.store import FitStore
from sequence_learning.parameters import ClusterParameters
from sequence_learning.training import cluster as cluster_
from sequence_learning.training.cluster import connect, errands_at_once
from sequence_learning.training.errors import ClusterError
from sequence_learning.training.fit import fit
from tests.builders import make_config, make_model_input, make_training
from tests.fits.jobs import DiesOnce, FillsTheDisk, GoesOn, KillsItself, Quick, Raises
from tests.training.test_fit import assert_identical
from tests.tuning.small import SPACES, make_plan

_PROJECT = Path(__file__).parents[2]
_STORE_BYTES = 80 * 2**20  # the least that Ray takes
ONE_CORE = ClusterParameters(seconds_between_copies=0.5)
BOTH_NODES = ClusterParameters(n_nodes=2, seconds_between_copies=0.5)


#: What Ray does beside our work, and its waits, all of which take longer than the fits here.
_QUICK = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_prestart_worker_first_driver": "0",  # those workers would lack our code
    "RAY_worker_niceness": "0",  # of 15, where whatever else runs here goes before
    "RAY_TRAIN_METRICS_ENABLED": "0",
    "RAY_TRAIN_ENABLE_PREEMPTION_WATCHER": "0",
    "RAY_TRAIN_HEALTH_CHECK_INTERVAL_S": "0.5",
}


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Dozens of processes that import Ray, and with it what ``tests/conftest.py`` forbids this one."""
    forbidden = tmp_path_factory.mktemp("forbidden")
    (forbidden / "rfc3987_syntax.py").write_text("raise ImportError")
    paths = [str(forbidden), *filter(None, [os.environ.get("PYTHONPATH")])]
    room = {"object_store_memory": _STORE_BYTES}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (_QUICK | {"PYTHONPATH": os.pathsep.join(paths)}).items():
            patch.setenv(name, value)
        cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False, **room})
        for _ in range(2):
            cluster.add_node(num_cpus=1, **room)
        patch.setenv("RAY_ADDRESS", cluster.address)
        yield cluster
        ray.shutdown()
        cluster.shutdown()


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> ModelInput:
    """Mapped from a file, as in a run."""
    file = tmp_path_factory.mktemp("features") / "model_input.safetensors"
    write_model_input(file, make_model_input())
    return read_model_input(file)


@pytest.fixture
def store(tmp_path: Path) -> FitStore:
    return FitStore(tmp_path / "fits")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.usefixtures("nodes")
def test_fits_are_those_of_this_machine(data: ModelInput, store: FitStore) -> None:
    encoders = [EncoderJob(make_config(data, name, 0), make_training()) for name in ("gru", "cnn")]
    boosting = BaselineJob(BaselineParameters(name="lightgbm_tabular", n_rounds=5), 3)
    jobs: list[Job] = [*encoders, boosting]
    outcomes, load = run_all(jobs, data, store, ONE_CORE)
    assert [(one.model, one.failure) for one in outcomes] == [(job.model, None) for job in jobs]
    assert names(store.folder) == sorted([*(f"{key_of(job, data)}.fit" for job in jobs), "seconds.json"])
    for job, outcome in zip(encoders, outcomes, strict=False):
        assert_identical(read_fit(store.file(outcome.key)), fit(data, job.config, job.parameters))
    boosting.run(data, store.folder / "again", store.folder / "none", lambda record: None)
    assert read_baseline(store.file(outcomes[-1].key)).baseline == read_baseline(store.folder / "again").baseline
    assert (load.fits, load.workers) == (3, 2)


@pytest.mark.usefixtures("nodes")
def test_a_fit_goes_on_when_its_worker_was_killed_and_those_that_fail_or_are_killed_too_often_say_why(
    data: ModelInput, store: FitStore
) -> None:
    failing: list[Job] = [KillsItself("lstm"), Raises("gru"), FillsTheDisk("transformer")]
    kept: list[Job] = [GoesOn("state_space", dies=True), Quick("cnn")]
    outcomes, _ = run_all([*failing, *kept], data, store, ONE_CORE.model_copy(update={"retries": 1}))
    reasons = {one.model: one.failure for one in outcomes}
    assert str(reasons["lstm"]).startswith("its process or node was lost too often: WorkerCrashedError")
    assert reasons["gru"] == "ValueError: a value must be finite, got nan"
    assert reasons["transformer"] == "OSError: [Errno 28] No space left on device"
    assert (reasons["state_space"], reasons["cnn"]) == (None, None)
    files = [store.file(key_of(job, data)) for job in kept]
    assert files[0].read_text() == "went on after 1"
    assert names(store.folder) == sorted([*(file.name for file in files), "seconds.json"])


def test_a_fit_goes_on_elsewhere_when_its_node_is_gone(data: ModelInput, store: FitStore, nodes: Cluster) -> None:
    job = GoesOn("gru")
    state = store.state_file(key_of(job, data))
    nodes.add_node(num_cpus=1, object_store_memory=_STORE_BYTES)  # in place of the one that goes

    def remove_the_node() -> None:
        while not state.exists():
            time.sleep(0.1)
        (pid,) = state.read_text().split()
        above = {process.pid for process in psutil.Process(int(pid)).parents()}
        (at,) = [node for node in nodes.list_all_nodes() if node.all_processes["raylet"][0].process.pid in above]
        nodes.remove_node(at, allow_graceful=False)

    remover = threading.Thread(target=remove_the_node)
    remover.start()
    outcomes, _ = run_all([job, Quick("cnn")], data, store, ONE_CORE)
    remover.join()
    assert [one.failure for one in outcomes] == [None, None]
    assert store.file(outcomes[0].key).read_text() == "went on after 1"


def test_a_run_whose_driver_was_killed_leaves_no_process_and_goes_on(
    data: ModelInput, store: FitStore, nodes: Cluster, tmp_path: Path
) -> None:
    nodes.wait_for_nodes()
    write_model_input(tmp_path / "model_input", data)
    run = textwrap.dedent(
        f"""
        from pathlib import Path
        from sequence_learning.features.model_input_file import read_model_input
        from sequence_learning.fits.queue import run_all
        from sequence_learning.fits.store import FitStore
        from sequence_learning.parameters import ClusterParameters
        from tests.fits.jobs import GoesOn
        folder = Path({str(tmp_path)!r})
        model_input, cluster = read_model_input(folder / "model_input"), ClusterParameters(seconds_between_copies=0.5)
        run_all([GoesOn("gru")], model_input, FitStore(folder / "fits"), cluster)
        """
    )
    driver = subprocess.Popen([sys.executable, "-c", run], cwd=_PROJECT)
    state = store.state_file(key_of(GoesOn("gru"), data))
    while not state.exists():
        assert driver.poll() is None
        time.sleep(0.1)
    driver.send_signal(signal.SIGKILL)
    driver.wait()
    worker = int(state.read_text())
    deadline = time.monotonic() + 30
    while is_alive(worker):
        assert time.monotonic() < deadline, "the worker lives on"
        time.sleep(0.1)
    outcomes, _ = run_all([GoesOn("gru")], data, store, ONE_CORE)
    assert outcomes[0].failure is None
    assert store.file(key_of(GoesOn("gru"), data)).read_text() == "went on after 1"


@pytest.mark.usefixtures("nodes")
def test_two_processes_train_as_one_does_though_one_is_killed_once(data: ModelInput, store: FitStore) -> None:
    config = make_config(data, "gru", 0)  # without dropout, whose random numbers would be others
    config = config.model_copy(update={"model": config.model.model_copy(update={"dropout": 0.0})})
    job = DiesOnce(config, make_training(backend="ray", cluster=BOTH_NODES.model_dump(), max_epochs=4))
    alone = fit(data, job.config, job.parameters)
    outcomes, _ = run_all([job, Quick("cnn")], data, store, BOTH_NODES)
    assert [one.failure for one in outcomes] == [None, None]
    kept = read_fit(store.file(outcomes[0].key))
    for name in ("train_loss", "val_loss", "val_score"):
        curve, expected = ([record[name] for record in one.history] for one in (kept, alone))
        assert curve == pytest.approx(expected, rel=1e-4)
    assert kept.checkpoint.weights.keys() == alone.checkpoint.weights.keys()
    assert not store.state_file(outcomes[0].key).exists()


@pytest.mark.usefixtures("nodes")
def test_searches_are_those_of_this_machine_though_the_object_store_is_full(tmp_path: Path) -> None:
    from sequence_learning.tuning.measure import measure

    connect()
    held = [ray.put(bytes(_STORE_BYTES // 3)) for _ in range(6)]
    model_input = make_model_input("regression", 100)
    plan = make_plan(model_input, SPACES, "gru", "lightgbm_tabular", trials=2, random_trials=1)
    there = measure(model_input, plan, tmp_path / "there", ONE_CORE)
    here = measure(model_input, plan, tmp_path / "here", 1)
    assert there.drop(columns="cpu_seconds").equals(here.drop(columns="cpu_seconds"))
    assert there["cpu_seconds"].gt(0).all()
    assert all(len(ray.get(one)) for one in held)


@pytest.mark.usefixtures("nodes")
def test_what_no_node_can_give_is_refused() -> None:
    assert (errands_at_once(ONE_CORE), errands_at_once(BOTH_NODES)) == (2, 1)
    rule = "some node must have room for a fit, got training.cluster.cpus_per_fit 2 and gpus_per_fit 0, .* have 1 CPUs"
    with pytest.raises(ClusterError, match=rule):
        run_all([Quick("cnn")], make_model_input(), FitStore(Path("unused")), ClusterParameters(cpus_per_fit=2))
    rule = "must have room for n_devices processes each, got 1 and 2, but the nodes have room for 1, 1, 0; ask for less"
    with pytest.raises(ClusterError, match=rule):
        run_all([Quick("cnn")], make_model_input(), FitStore(Path("unused")), ClusterParameters(n_devices=2))


def test_a_cluster_that_cannot_be_joined_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ray, "is_initialized", lambda: False)
    monkeypatch.setenv("RAY_ADDRESS", "ray://elsewhere:10001")
    with pytest.raises(
        ClusterError, match=r"on a node of its cluster, got RAY_ADDRESS ray://elsewhere:10001.*job submit"
    ):
        connect()

    def no_ray(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(cluster_, "import_module", no_ray)
    with pytest.raises(ClusterError, match=r"needs Ray, which is not installed; .*--extra cluster"):
        connect()
