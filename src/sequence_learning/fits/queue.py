"""One queue of all fits, longest first, over one process per core or a cluster; each is kept as soon as it ends."""

import logging
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import joblib
import psutil
from joblib.externals.loky.process_executor import TerminatedWorkerError

from sequence_learning.features.model_input import ModelInput
from sequence_learning.features.model_input_file import in_a_file
from sequence_learning.fits.encoder_job import EncoderJob
from sequence_learning.fits.job import Job, key_of, title_of
from sequence_learning.fits.store import FitStore
from sequence_learning.parameters import ClusterParameters, TrainingParameters
from sequence_learning.root_cause import root_cause
from sequence_learning.training.cluster import PROGRESS, Errand, Lost, errands_at_once, run_on_cluster
from sequence_learning.training.pool import worker_processes, workers_beside_others, workers_for
from sequence_learning.training.progress import report_end, show_progress, tell

logger = logging.getLogger(__name__)

_KILLED = (
    "its process was killed, by the system perhaps for want of memory; free some, lower training.batch_size, or run "
    "again to go on from its last epoch"
)


@dataclass(frozen=True)
class Outcome:
    """What became of one job.

    Attributes:
        model: name of the encoder or baseline.
        seed: of the fit.
        key: of the fit in the store.
        kept: whether an earlier run had done it.
        failure: why there is no fit; None if there is one.
    """

    model: str
    seed: int
    key: str
    kept: bool
    failure: str | None


@dataclass(frozen=True)
class Load:
    """How busy the machine was kept.

    Attributes:
        fits: that were run, and not kept from before.
        workers: processes side by side.
        seconds: from the first fit's beginning to the last one's end, and the workers' start if they had none.
        busy: share of these seconds, on all workers, in which a processor worked on a fit.
        first_after: seconds from the start of this process to that of the first fit; a notebook's past counts.
    """

    fits: int
    workers: int
    seconds: float
    busy: float
    first_after: float


#: Where fits run: so many processes of this machine, with one thread each, or a cluster.
Workers = int | ClusterParameters


def workers_for_fits(training: TrainingParameters, *, beside_others: bool = False) -> Workers:
    """As ``training`` says; ``beside_others``, one inside the pool of ``ParallelRunner``."""
    if training.backend == "ray":
        return training.cluster
    return workers_beside_others(training) if beside_others else workers_for(training)


def run_all(
    jobs: Sequence[Job], model_input: ModelInput, store: FitStore, workers: Workers
) -> tuple[list[Outcome], Load]:
    """Run the jobs whose fits the store does not hold.

    A fit that fails does not stop the others. A worker that dies takes no other fit with it: those that were running
    are run again, one by one, from where they stood, so that the one which kills its process is known. On a cluster,
    where processes do not fail together, each is run again as often as its parameters say.

    Args:
        jobs: in any order.
        model_input: prepared features; workers map their file, or one that is there until the queue is empty.
        store: keeps the fits.
        workers: where fits run.

    Returns:
        An outcome for each job, in their order; how busy the workers were.
    """
    store.tidy()
    keys = [key_of(job, model_input) for job in jobs]
    missing = {key: job for key, job in zip(keys, jobs, strict=True) if not store.file(key).exists()}
    if len(missing) < len(jobs):
        logger.info(
            "%d of %d fits are kept from earlier runs, in %s", len(jobs) - len(missing), len(jobs), store.folder
        )
    queue = dict(sorted(missing.items(), key=_longest_first(list(missing.values()), store.seconds())))
    started = time.perf_counter()
    ended = _Run(queue, model_input, store).run(workers) if queue else {}
    seconds = time.perf_counter() - started
    n_workers = workers if isinstance(workers, int) else errands_at_once(workers) if queue else 1
    worked = sum(end.seconds for end in ended.values())
    busy = worked / (seconds * n_workers) if ended else 0.0
    began = min((end.began for end in ended.values()), default=time.time())
    load = Load(len(ended), n_workers, seconds, busy, began - psutil.Process().create_time())
    _tell(queue, ended, load, store)
    outcomes = [
        Outcome(job.model, job.seed, key, key not in missing, ended[key].failure if key in ended else None)
        for key, job in zip(keys, jobs, strict=True)
    ]
    return outcomes, load


@dataclass(frozen=True)
class _End:
    key: str
    seconds: float
    began: float  # as of time.time()
    failure: str | None = None
    details: str = ""
    whole: bool = True  # it was not gone on with


class _Run:
    """The jobs of one queue, run until every one has ended."""

    def __init__(self, queue: Mapping[str, Job], model_input: ModelInput, store: FitStore) -> None:
        self.queue, self.model_input, self.store = queue, model_input, store
        self.ended: dict[str, _End] = {}
        self.progress: dict[str, Path] = {}

    def run(self, workers: Workers) -> dict[str, _End]:
        n_steps = [job.n_steps for job in self.queue.values()]
        with tempfile.TemporaryDirectory() as folder:
            self.progress = {key: Path(folder, f"{i}.jsonl") for i, key in enumerate(self.queue)}
            with show_progress(Path(folder), [title_of(job) for job in self.queue.values()], n_steps):
                if isinstance(workers, int):
                    self._run_here(workers)
                else:
                    self._run_on(workers)
        return self.ended

    def _run_on(self, cluster: ClusterParameters) -> None:
        by_all = cluster.n_devices * cluster.n_nodes > 1
        errands = {
            key: Errand(partial(_run_errand, job, key), self._files(key), by_all and isinstance(job, EncoderJob))
            for key, job in self.queue.items()
        }
        for key, result in run_on_cluster(errands, self.model_input, cluster):
            self.ended[key] = result if isinstance(result, _End) else self._lost(key, result)

    def _lost(self, key: str, lost: Lost) -> _End:
        report_end(self.progress[key])
        return _End(key, 0.0, time.time(), lost.reason)

    def _files(self, key: str) -> dict[str, Path]:
        """Those of a fit in the store, by their names there, and of its progress."""
        kept = (self.store.file(key), self.store.state_file(key))
        return {file.name: file for file in kept} | {PROGRESS: self.progress[key]}

    def _run_here(self, n_workers: int) -> None:
        mapped = in_a_file(self.model_input, self.store.folder) if n_workers > 1 else nullcontext(self.model_input)
        with mapped as self.model_input:
            while waiting := [key for key in self.queue if key not in self.ended]:
                if not self._side_by_side(waiting, n_workers):
                    left = [key for key in waiting if key not in self.ended]
                    # None has begun if a worker was killed while it started.
                    self._one_by_one([key for key in left if self.progress[key].exists()] or left)

    def _side_by_side(self, keys: list[str], n_workers: int) -> bool:
        """Run these; whether all workers lived to the end."""
        try:
            for end in self._ends(keys, n_workers):
                self.ended[end.key] = end
        except TerminatedWorkerError:
            return False
        return True

    def _one_by_one(self, suspects: list[str]) -> None:
        """Run each in a process of its own; one that is killed again has failed."""
        for key in suspects:
            logger.warning("a worker was killed; %s goes on from its last epoch", title_of(self.queue[key]))
            if not self._side_by_side([key], n_workers=2):  # a single one would be this process
                self.ended[key] = _End(key, 0.0, time.time(), _KILLED)
                report_end(self.progress[key])

    def _ends(self, keys: list[str], n_workers: int) -> Iterator[_End]:
        run = joblib.delayed(_run_and_keep)
        jobs = [run(self.queue[key], key, self.model_input, self.store, self.progress[key]) for key in keys]
        with worker_processes(n_workers):
            yield from joblib.Parallel(return_as="generator_unordered", batch_size=1, pre_dispatch="all")(jobs)


def _run_and_keep(job: Job, key: str, model_input: ModelInput, store: FitStore, progress: Path) -> _End:
    began, started = time.time(), time.process_time()
    failure, details = None, ""
    whole = not (store.file(key).exists() or store.state_file(key).exists())
    try:
        progress.write_text("", encoding="utf-8")  # it has begun; one that goes on tells of its epochs again
        if not store.file(key).exists():  # a worker that was killed may have kept it, and not lived to say so
            job.run(model_input, store.file(key), store.state_file(key), partial(tell, progress))
    except Exception as error:
        failure, details = root_cause(error), traceback.format_exc()
    report_end(progress)
    return _End(key, time.process_time() - started, began, failure, details, whole)


def _run_errand(job: Job, key: str, model_input: ModelInput, folder: Path) -> _End:
    """As :func:`_run_and_keep`, on a cluster, where ``folder`` takes the place of the store."""
    return _run_and_keep(job, key, model_input, FitStore(folder), folder / PROGRESS)


def _longest_first(jobs: Sequence[Job], seconds: Mapping[str, float]) -> Callable[[tuple[str, Job]], tuple[float, int]]:
    """A key to sort by: models of which it is not known how long they take come first, the later ones before others.

    The registries run from simple to complex.
    """
    models = list(dict.fromkeys(job.model for job in jobs))

    def rank(item: tuple[str, Job]) -> tuple[float, int]:
        model = item[1].model
        return -seconds.get(model, float("inf")), -models.index(model)

    return rank


def _tell(queue: Mapping[str, Job], ended: Mapping[str, _End], load: Load, store: FitStore) -> None:
    for key, end in ended.items():
        if end.failure is not None:
            logger.error("%s failed: %s\n%s", title_of(queue[key]), end.failure, end.details)
    if ended:
        whole = {key: end.seconds for key, end in ended.items() if end.failure is None and end.whole}
        store.note_seconds({queue[key].model: seconds for key, seconds in whole.items()})
        logger.info(
            "%d fits in %.0f s, %d side by side; processors were %.0f%% busy with them; the first began %.1f s after "
            "this process did",
            load.fits,
            load.seconds,
            load.workers,
            100 * load.busy,
            load.first_after,
        )
