import pytest

from sequence_learning.benchmark.cluster import ClusterCosts, cluster_section


def _costs(driver: float, worker: float) -> ClusterCosts:
    return ClusterCosts(start=20, per_fit={n: driver + worker / n for n in (1, 2)}, copy=0.01, copied_mb=1)


def test_driver_and_worker_are_told_apart() -> None:
    costs = _costs(driver=0.002, worker=0.03)
    assert costs.of_the_driver == pytest.approx(0.002)
    assert costs.of_the_worker == pytest.approx(0.03)


def test_neither_is_less_than_nothing() -> None:
    costs = ClusterCosts(start=20, per_fit={1: 0.03, 2: 0.01}, copy=0.01, copied_mb=1)
    assert costs.of_the_driver == 0


def test_fits_must_be_longer_and_copies_rarer_the_more_workers_there_are() -> None:
    costs = _costs(driver=0.002, worker=0.03)
    assert costs.shortest_fit(1) == pytest.approx(0.3)
    assert costs.shortest_fit(1000) == pytest.approx(1000 * 0.017 / 0.1)
    assert costs.seconds_between_copies(100) == pytest.approx(2)


def test_the_section_says_what_was_measured_and_what_follows() -> None:
    section = cluster_section(_costs(driver=0.002, worker=0.03))
    assert "first fit: 20 s" in section
    assert "32 ms with 1 worker, 17 ms with 2 workers" in section
    assert "2.0 ms of the driver and 30 ms of a worker" in section
    assert "| 1,000 | 170.0 s | 20.0 s |" in section
