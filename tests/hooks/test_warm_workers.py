from types import SimpleNamespace
from typing import Any

import click
import pytest

from sequence_learning.hooks import warm_workers
from sequence_learning.hooks.warm_workers import WarmWorkers


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The numbers of workers that were started."""
    numbers: list[int] = []
    monkeypatch.setattr(warm_workers, "_start", numbers.append)
    monkeypatch.setattr(warm_workers, "may_have_gpu", lambda: False)
    return numbers


def begin(command: str | None, **options: Any) -> None:
    context: Any = SimpleNamespace(config_loader={"parameters": {"training": {"n_workers": 3}}})
    if command is None:
        WarmWorkers().after_context_created(context)
        return
    with click.Context(click.Command(command), info_name=command) as entered:
        entered.params = options
        WarmWorkers().after_context_created(context)


@pytest.mark.parametrize(
    "options",
    [{}, {"pipeline": "train_all"}, {"pipelines": ["train_gru"]}, {"pipelines": ["data_generation", "ablate"]}],
)
def test_a_run_that_trains_starts_workers(started: list[int], options: dict[str, Any]) -> None:
    begin("run", **options)
    assert started == [3]


@pytest.mark.parametrize(
    "options",
    [
        {"pipeline": "predict"},
        {"pipeline": "benchmark"},
        {"pipelines": ["data_generation", "feature_preparation"]},
        {"runner": "ParallelRunner"},
        {"from_nodes": ["make_decision"]},
    ],
)
def test_a_run_that_has_no_use_for_them_starts_none(started: list[int], options: dict[str, Any]) -> None:
    begin("run", **options)
    assert started == []


@pytest.mark.parametrize("command", ["ipython", "viz", None])
def test_other_commands_and_notebooks_start_none(started: list[int], command: str | None) -> None:
    begin(command)
    assert started == []


def test_a_run_on_a_gpu_has_no_use_for_them(started: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warm_workers, "may_have_gpu", lambda: True)
    begin("run")
    assert started == []
