from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from sequence_learning.diagnosis import measure as measure_
from sequence_learning.diagnosis.measure import key_of, measure
from sequence_learning.diagnosis.trial import Trial, run_trial
from sequence_learning.io.result_store import ResultStore
from sequence_learning.parameters import Change
from tests.builders import make_training
from tests.diagnosis.small import make_bench, make_trial

TRIALS = [make_trial(seed=seed) for seed in range(4)]


@pytest.fixture
def store(tmp_path: Path) -> ResultStore:
    return ResultStore(tmp_path)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> list[Trial]:
    """Every trial that is run; its outcome says which it was, and takes no training."""
    ran: list[Trial] = []

    def noting(trial: Trial, on_epoch: Callable[..., None]) -> dict[str, Any]:
        ran.append(trial)
        common = {"task": trial.task.name, "model": trial.name, "seed": trial.seed, "metric": "r2"}
        return common | {"score": trial.seed / 100, "best": 0.5, "fit_seconds": float(len(ran))}

    monkeypatch.setattr(measure_, "run_trial", noting)
    return ran


def files(store: ResultStore) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in store.folder.iterdir()}


def test_what_has_been_measured_is_read_and_not_measured_again(store: ResultStore, run: list[Trial]) -> None:
    first = measure(TRIALS, store, n_workers=1)
    assert run == TRIALS
    written = files(store)
    second = measure(TRIALS, store, n_workers=1)
    assert len(run) == 4
    assert files(store) == written
    assert_frame_equal(first, second)


def test_a_row_per_trial_in_their_order_whatever_the_store_holds(store: ResultStore, run: list[Trial]) -> None:
    measure([TRIALS[2]], store, n_workers=1)
    results = measure(TRIALS[::-1], store, n_workers=1)
    assert run == [TRIALS[2], TRIALS[0], TRIALS[1], TRIALS[3]]
    assert results["seed"].tolist() == [3, 2, 1, 0]
    assert results["key"].tolist() == [key_of(trial) for trial in TRIALS[::-1]]
    assert results["attained"].tolist() == pytest.approx([6, 4, 2, 0])
    assert results["task_options"].tolist() == [trial.task.model_dump_json() for trial in TRIALS[::-1]]


def test_trials_that_are_alike_run_once_and_keep_their_names(store: ResultStore, run: list[Trial]) -> None:
    named = [TRIALS[0].model_copy(update={"name": name}) for name in ("one", "other")]
    results = measure(named, store, n_workers=1)
    assert results["model"].tolist() == ["one", "other"]
    assert results["key"].tolist() == [key_of(TRIALS[0])] * 2
    assert len(run) == 1
    assert measure(TRIALS[:1], store, n_workers=1)["model"].tolist() == ["statistical_aggregation"]


@pytest.mark.parametrize("error", [RuntimeError("full"), KeyboardInterrupt("full")])
def test_a_run_that_stops_keeps_what_it_has_and_the_next_runs_the_rest(
    store: ResultStore, run: list[Trial], monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    working = measure_.run_trial

    def failing(trial: Trial, on_epoch: Callable[..., None]) -> dict[str, Any]:
        if trial == TRIALS[2]:
            raise error
        return working(trial, on_epoch)

    with monkeypatch.context() as patched:
        patched.setattr(measure_, "run_trial", failing)
        with pytest.raises(type(error), match="full"):
            measure(TRIALS, store, n_workers=1)
    assert [store.get(key_of(trial)) is not None for trial in TRIALS] == [True, True, False, False]
    assert run == TRIALS[:2]
    results = measure(TRIALS, store, n_workers=1)
    assert run == TRIALS
    assert results["seed"].tolist() == [0, 1, 2, 3]


def test_trials_that_diverge_let_all_others_finish_and_are_named(
    store: ResultStore, run: list[Trial], monkeypatch: pytest.MonkeyPatch
) -> None:
    working = measure_.run_trial

    def diverging(trial: Trial, on_epoch: Callable[..., None]) -> dict[str, Any]:
        if trial.seed in {0, 2}:
            raise FloatingPointError(f"loss {trial.seed} is not finite")
        return working(trial, on_epoch)

    with monkeypatch.context() as patched:
        patched.setattr(measure_, "run_trial", diverging)
        with pytest.raises(FloatingPointError, match="2 of 4 did not") as caught:
            measure(TRIALS, store, n_workers=1)
    for seed in (0, 2):
        assert f"{TRIALS[seed].title}: loss {seed} is not finite" in str(caught.value)
    assert TRIALS[1].title not in str(caught.value)
    assert [store.get(key_of(trial)) is not None for trial in TRIALS] == [False, True, False, True]
    assert run == [TRIALS[1], TRIALS[3]]
    measure(TRIALS, store, n_workers=1)  # what was finished is not run again
    assert run == [TRIALS[1], TRIALS[3], TRIALS[0], TRIALS[2]]


def test_a_real_training_that_diverges_is_named_from_a_worker_too(store: ResultStore) -> None:
    wild = make_trial("order_free", "gru", Change(training={"learning_rate": 1e30, "gradient_clip": 1e30}))
    with pytest.raises(FloatingPointError, match=r"1 of 2 did not .*order_free gru, 40 rows, seed 0: "):
        measure([wild, TRIALS[1]], store, n_workers=2)
    assert store.get(key_of(TRIALS[1])) is not None
    assert store.get(key_of(wild)) is None


def test_a_result_that_cannot_be_read_is_measured_again(store: ResultStore, run: list[Trial]) -> None:
    measure(TRIALS, store, n_workers=1)
    (store.folder / f"{key_of(TRIALS[1])}.json").write_text("")
    results = measure(TRIALS, store, n_workers=1)
    assert run == [*TRIALS, TRIALS[1]]
    assert results["score"].tolist() == [0, 0.01, 0.02, 0.03]


def test_trials_on_the_same_tables_run_one_after_the_other(store: ResultStore, run: list[Trial]) -> None:
    """A worker keeps the tables that it drew last."""
    bench = make_bench(seeds=[0, 1])
    tasks = (bench.task("order_free"), bench.task("linear_recency"), bench.task("order_free", noise=0.3))
    smaller = bench.diagnosis.rows.model_copy(update={"train": 20})
    trials = [
        trial
        for encoder in bench.encoders
        for task in tasks
        for rows in (None, smaller)
        for trial in bench.trials(task, encoder, rows=rows)
    ]
    results = measure(trials, store, n_workers=1)
    tables = [(trial.task.model_dump_json(), trial.rows, trial.seed) for trial in run]
    assert len(tables) == 36
    changes = sum(one != other for one, other in pairwise(tables))
    assert changes == len(set(tables)) - 1 == 11
    assert results[["task", "model", "seed"]].to_numpy().tolist() == [
        [trial.task.name, trial.name, trial.seed] for trial in trials
    ]


def test_where_nothing_can_be_attained_that_is_missing_and_still_a_number(store: ResultStore, run: list[Trial]) -> None:
    store.write(key_of(TRIALS[0]), {"task": "pure_noise", "metric": "r2", "score": 0.1, "best": 0.0, "seed": 0})
    results = measure(TRIALS[:1], store, n_workers=1)
    assert results["attained"].dtype == np.float64
    assert results["attained"].isna().all()


def test_results_do_not_depend_on_the_number_of_workers(tmp_path: Path) -> None:
    bench = make_bench(tasks={"position_profile": {}, "order_free": {}}, seeds=[0, 1])
    trials = [
        trial
        for task, encoder in (("position_profile", "gru"), ("order_free", "statistical_aggregation"))
        for trial in bench.trials(bench.task(task), encoder)
    ]
    one, two = (
        measure(trials, ResultStore(tmp_path / str(n)), n_workers=n).drop(columns=["fit_seconds", "samples_per_second"])
        for n in (1, 2)
    )
    assert_frame_equal(one, two)
    direct = run_trial(trials[3])
    assert {name: one[name].iloc[3] for name in ("score", "best")} == {name: direct[name] for name in ("score", "best")}


CHANGES: dict[str, Trial] = {
    "seed": make_trial(seed=1),
    "task": make_trial("linear_recency"),
    "task option": make_trial(noise=0.2),
    "encoder": make_trial(encoder="gru"),
    "encoder option": make_trial(change=Change(encoder={"statistics": ["mean"]})),
    "model": make_trial(change=Change(model={"fusion": "film"})),
    "training": make_trial(change=Change(training={"max_epochs": 3})),
    "learning rate": make_trial(change=Change(training={"learning_rate": 0.02})),
    "training rows": TRIALS[0].model_copy(update={"rows": TRIALS[0].rows.model_copy(update={"train": 41, "test": 29})}),
    "test rows": TRIALS[0].model_copy(update={"rows": TRIALS[0].rows.model_copy(update={"test": 31})}),
    "outlier": make_trial(outlier=20),
    "another outlier": make_trial(outlier=21),
}


def test_the_key_changes_with_all_that_a_result_depends_on() -> None:
    keys = {what: key_of(trial) for what, trial in CHANGES.items()} | {"as it is": key_of(TRIALS[0])}
    assert len(set(keys.values())) == len(keys), keys


def test_the_key_ignores_names_and_what_says_how_to_run() -> None:
    trial = TRIALS[0]
    for same in (
        make_trial(),
        trial.model_copy(update={"name": "other"}),
        trial.model_copy(update={"training": make_training(seeds=(7, 8))}),
        trial.model_copy(update={"training": make_training(n_workers=2)}),
        Trial.model_validate_json(trial.model_dump_json()),
    ):
        assert key_of(same) == key_of(trial)


def test_the_key_does_not_depend_on_the_order_in_which_options_are_given() -> None:
    one = make_trial(noise=0.2, missing=0.1)
    other = make_trial(missing=0.1, noise=0.2)
    assert key_of(one) == key_of(other)


def test_the_key_changes_with_code_and_libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    before = key_of(TRIALS[0])
    with monkeypatch.context() as patched:
        keys = {before}
        for changed in ("lightning", "numpy", "pandas", "scikit-learn", "scipy", "torch", "none"):
            patched.setattr(measure_, "version", lambda library, changed=changed: str(library == changed))
            keys.add(key_of(TRIALS[0]))
        assert len(keys) == 8
    asked: list[tuple[str, str]] = []
    monkeypatch.setattr(measure_, "code_of", lambda *names: asked.append(names) or "new")
    assert key_of(TRIALS[0]) != before
    assert asked == [("order_free", "statistical_aggregation")]


def test_the_key_changes_with_how_columns_become_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    before = key_of(TRIALS[0])
    monkeypatch.setattr(measure_, "FEATURES", measure_.FEATURES.model_copy(update={"scaling": "quantile"}))
    assert key_of(TRIALS[0]) != before


def test_no_trials_give_an_empty_table(store: ResultStore) -> None:
    assert isinstance(measure([], store, n_workers=1), pd.DataFrame)
