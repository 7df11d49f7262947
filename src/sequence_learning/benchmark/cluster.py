"""What a Ray cluster costs beside the fits: measured with one and two workers, and what follows for many."""

import os
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sequence_learning.benchmark.parameters import ClusterBenchmarkParameters
from sequence_learning.diagnosis.markdown import table
from sequence_learning.features.model_input import ModelInput
from sequence_learning.parameters import ClusterParameters
from sequence_learning.training.cluster import Errand, connect, import_ray, run_on_cluster, start_desk

_REPEATS = 3
_COPIES = 20
#: Of the time of a worker that may be lost.
_LOST = 0.1


@dataclass(frozen=True)
class ClusterCosts:
    """Seconds, of fits that do nothing.

    Attributes:
        start: from joining the cluster to the end of the first fit, which imports all libraries.
        per_fit: by number of workers: from the end of one fit to that of the next.
        copy: until the driver has written a file of ``copied_mb`` to its disk.
        copied_mb: size of that file.
    """

    start: float
    per_fit: Mapping[int, float]
    copy: float
    copied_mb: float

    @property
    def of_the_driver(self) -> float:
        """The part of each fit that no further worker shortens: ``a`` of ``a + b / W`` for ``W`` workers.

        By least squares, and no less than zero; the rest is :attr:`of_the_worker`.
        """
        return self._line()[0]

    @property
    def of_the_worker(self) -> float:
        """``b`` of the same."""
        return self._line()[1]

    def _line(self) -> tuple[float, float]:
        import numpy as np
        from scipy.optimize import nnls

        workers, seconds = np.array(list(self.per_fit)), np.array(list(self.per_fit.values()))
        (driver, worker), _ = nnls(np.stack([np.ones(len(workers)), 1 / workers], axis=1), seconds)
        return float(driver), float(worker)

    def shortest_fit(self, n_workers: int) -> float:
        """Seconds that a fit must take, so that workers do nothing but fit for nine tenths of the time.

        The driver is taken to need all of the least time between two fits: it cannot need more.
        """
        return max(n_workers * min(self.per_fit.values()), self.of_the_worker) / _LOST

    def seconds_between_copies(self, n_workers: int) -> float:
        """So that the driver writes copies for no more than half of the time."""
        return 2 * n_workers * self.copy


def measure_cluster(model_input: ModelInput, parameters: ClusterBenchmarkParameters) -> ClusterCosts:
    """Start clusters of one node on this machine, one after the other, and run fits that do nothing on them.

    Args:
        model_input: features that are sent.
        parameters: how many workers and fits.
    """
    per_fit, start, copy = {}, 0.0, 0.0
    for n_workers in parameters.workers:
        with _cluster(n_workers):
            first = _ends(model_input, n_workers)
            start = start or first[0]
            per_fit[n_workers] = min(_between(_ends(model_input, parameters.fits)) for _ in range(_REPEATS))
            copy = copy or _seconds_of_a_copy(parameters.megabytes)
    return ClusterCosts(start, per_fit, copy, parameters.megabytes)


def cluster_section(costs: ClusterCosts, workers: Sequence[int] = (10, 100, 1_000)) -> str:
    """The figures as Markdown, and the model for many workers."""
    by_workers = ", ".join(
        f"{1000 * seconds:.0f} ms with {n} worker{'s' * (n > 1)}" for n, seconds in costs.per_fit.items()
    )
    measured = (
        f"From joining the cluster to the end of the first fit: {costs.start:.0f} s. "
        f"Each further fit that does nothing: {by_workers}, "
        f"which least squares divide into {1000 * costs.of_the_driver:.1f} ms of the driver and "
        f"{1000 * costs.of_the_worker:.0f} ms of a worker. "
        f"A copy of {costs.copied_mb:g} MB takes the driver {1000 * costs.copy:.0f} ms."
    )
    head = ["workers", "a fit should take at least", "`seconds_between_copies` should be at least"]
    rows = [[f"{n:,}", f"{costs.shortest_fit(n):.1f} s", f"{costs.seconds_between_copies(n):.1f} s"] for n in workers]
    return f"{measured}\n\n{table(head, rows)}"


@contextmanager
def _cluster(n_workers: int) -> Iterator[None]:
    ray = import_ray()
    from ray.cluster_utils import Cluster

    before = os.environ.pop("RAY_ADDRESS", None)
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": n_workers})
    os.environ["RAY_ADDRESS"] = cluster.address
    try:
        yield
    finally:
        ray.shutdown()
        cluster.shutdown()  # type: ignore[no-untyped-call]
        del os.environ["RAY_ADDRESS"]
        if before is not None:
            os.environ["RAY_ADDRESS"] = before


def _between(ends: list[float]) -> float:
    """Seconds from one end to the next, once all workers are at it."""
    later = ends[len(ends) // 4 :]
    return (later[-1] - later[0]) / (len(later) - 1)


def _ends(model_input: ModelInput, n_fits: int) -> list[float]:
    """Seconds until each has ended, with a file that is kept."""
    with tempfile.TemporaryDirectory() as folder:
        errands = {str(i): Errand(_write_a_file, {"fit": Path(folder, str(i))}) for i in range(n_fits)}
        began = time.perf_counter()
        return [time.perf_counter() - began for _ in run_on_cluster(errands, model_input, ClusterParameters())]


def _write_a_file(model_input: ModelInput, folder: Path) -> None:
    (folder / "fit").write_text(str(len(model_input)))


def _seconds_of_a_copy(megabytes: float) -> float:
    ray, content = connect(), os.urandom(int(megabytes * 1e6))
    with tempfile.TemporaryDirectory() as folder:
        desk, file = start_desk(), Path(folder, "state")
        ray.get(desk.keep.remote({file: content}, []))
        began = time.perf_counter()
        for _ in range(_COPIES):
            ray.get(desk.keep.remote({file: content}, []))
        return (time.perf_counter() - began) / _COPIES
